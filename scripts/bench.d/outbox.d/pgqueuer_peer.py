"""pgqueuer on the database of PEER_URL: `fill N` makes N jobs, `drain` runs them all and tells when.

Jobs do nothing.
"""

import asyncio
import json
import os
import sys
import time
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import AsyncpgDriver, PgQueuer, Queries
from pgqueuer.models import Job
from pgqueuer.types import QueueExecutionMode

# Faster here than its default of 10, and than 100, 200 or 1,000.
BATCH = 400
PAYLOAD = (b'{"metric":"order","value":"1","timestamp":"2026-11-01T00:00:00Z","periodStart":"2026-11-01",'
           b'"periodEnd":"2026-12-01"}')


async def driver() -> AsyncpgDriver:
    return AsyncpgDriver(await asyncpg.connect(os.environ["PEER_URL"]))


async def fill(count: int) -> None:
    queries = Queries(await driver())
    await queries.install()
    # What its guide to performance asks for first.
    await queries.optimize_autovacuum()
    for first in range(0, count, 10_000):
        size = min(10_000, count - first)
        await queries.enqueue(["nothing"] * size, [PAYLOAD] * size, [0] * size)


async def drain() -> None:
    # One in a process: faster here than the five of its own benchmark.
    queuer = PgQueuer(await driver())

    @queuer.entrypoint("nothing")
    async def nothing(job: Job) -> None:
        pass

    began = time.time()
    await queuer.run(batch_size=BATCH, mode=QueueExecutionMode.drain, dequeue_timeout=timedelta(seconds=1))
    print(json.dumps({"began": began, "ended": time.time()}))


uvloop.run(fill(int(sys.argv[2])) if sys.argv[1] == "fill" else drain())
