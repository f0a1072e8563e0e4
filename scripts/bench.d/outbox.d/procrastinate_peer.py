"""procrastinate on the database of PEER_URL: `fill N` makes N jobs, `drain` runs them all and tells when.

Jobs do nothing. They have no lock, though ours keep an order within each sequence: that is to its favour.
"""

import asyncio
import json
import os
import sys
import time

import procrastinate

# Faster here than 1, 20 or 50. The pool has a connection for each, as its documentation asks.
CONCURRENCY = 5
PAYLOAD = {"metric": "order", "value": "1", "timestamp": "2026-11-01T00:00:00Z",
           "periodStart": "2026-11-01", "periodEnd": "2026-12-01"}

app = procrastinate.App(connector=procrastinate.PsycopgConnector(
    conninfo=os.environ["PEER_URL"], min_size=CONCURRENCY + 2, max_size=CONCURRENCY + 2))


@app.task(queue="bench", name="nothing")
async def nothing(**payload: str) -> None:
    pass


async def fill(count: int) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for first in range(0, count, 1000):
            await nothing.batch_defer_async(*[PAYLOAD] * min(1000, count - first))


async def drain() -> None:
    async with app.open_async():
        began = time.time()
        await app.run_worker_async(queues=["bench"], concurrency=CONCURRENCY, wait=False, listen_notify=False,
                                   install_signal_handlers=False)
        print(json.dumps({"began": began, "ended": time.time()}))


asyncio.run(fill(int(sys.argv[2])) if sys.argv[1] == "fill" else drain())
