"""Where a round happens: a database and queues of its own, workers, a publisher and a subscriber."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Callable
from urllib.parse import urlsplit

import ground
from ground import BINARY, ROOT, restart, run, run_bytes

__all__ = ["HOST", "PORT", "TOOLS", "Place", "restart"]
TOOLS = Path(os.environ["TOOLS"])
BROKER = urlsplit(os.environ["AMQP_URL"])
HOST, PORT = BROKER.hostname or "127.0.0.1", str(BROKER.port or 5672)
WRONG_TOTALS = ROOT / "scripts" / "tools" / "wrong-totals.sql"


@dataclass(frozen=True)
class Role:
    """Which of the product's queues is worked off."""
    command: str
    queue: str
    variable: str
    routing_key: str


USAGE = Role("usage-worker", "usage", "USAGE_QUEUE", "usage.recorded")
ORDERS = Role("order-worker", "orders", "ORDER_QUEUE", "order.event")


class Place(ground.Ground):
    def __init__(self, name: str, workers: int, role: Role, keyring: Callable[[int], str] | None = None) -> None:
        self.role, self.keyring, self.started = role, keyring, 0
        self.queue, self.exchange = f"{name}.{role.queue}", f"{name}.events"
        self.dead_letters = f"{self.queue}.dead-letter"
        super().__init__(name, ROOT / ".dev" / "crash" / "run" / name, role.command, workers, {
            role.variable: self.queue, "EVENTS_EXCHANGE": self.exchange, "DEAD_LETTER_EXCHANGE": f"{name}.dead-letter"})
        self.product(role.command, "--drain", "0")
        self.subscriber = self.spawn("subscriber", str(TOOLS / "subscribe"), HOST, PORT, self.exchange,
                                     "billing.threshold_exceeded", f"{name}.subscriber")
        self.await_that("the subscriber is bound", 30, lambda: "ready" in (self.log / "subscriber.err").read_text())

    def start_worker(self, number: int) -> None:
        if self.keyring:
            self.environment["PATIENT_REFERENCE_KEY"] = self.keyring(self.started)
        self.started += 1
        super().start_worker(number)

    def close(self) -> None:
        super().close()
        self.subscriber.terminate()
        self.subscriber.wait(timeout=30)

    # Looking

    def look(self, action: str, queue: str) -> bytes:
        return run_bytes(str(TOOLS / "queue"), HOST, PORT, action, queue)

    def ready(self, queue: str) -> int:
        return int(self.look("count", queue))

    # What came of it

    def records(self) -> list[tuple[str, str, str, str]]:
        """Company, usage id, metric and quantity of every record that stands."""
        rows = self.psql("select company_id, usage_id, metric, trim_scale(quantity) from billing.usage_records"
                         " where kind = 'u'")
        return [tuple(row.split("|")) for row in rows.splitlines()]  # type: ignore[misc]

    def rows(self, query: str) -> list[list[str]]:
        return [row.split("|") for row in self.psql(query).splitlines()]

    def count(self, rows: str) -> int:
        return int(self.psql(f"select count(*) from {rows}"))

    def owed_events(self) -> int:
        return int(self.psql("select count(*) from billing.event_outbox"))

    def wrong_totals(self) -> int:
        return int(run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-f", str(WRONG_TOTALS), self.url))

    def verified(self) -> bool:
        """The product's own verdict."""
        done = subprocess.run([BINARY, "verify"], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True)
        sys.stderr.write("" if done.returncode == 0 else done.stdout.decode() + done.stderr.decode())
        return done.returncode == 0

    def dead(self) -> list[tuple[str, bytes]]:
        """Reason and body of every dead letter."""
        letters = [line.split(b"\t", 1) for line in self.look("dump", self.dead_letters).split(b"\n") if line]
        return [(reason.decode(), body) for reason, body in letters]

    def alerts(self) -> dict[tuple[str, str, str, str, str], list[str]]:
        """Message ids by company, metric, first day of the period, threshold and level, in the order of receipt."""
        received: dict[tuple[str, str, str, str, str], list[str]] = defaultdict(list)
        for line in (self.log / "subscriber.out").read_text().splitlines():
            # Numbers as they are written.
            event = json.loads(line, parse_float=str, parse_int=str)
            key = (event["companyId"], event["metric"], event["periodStart"][:10], event["threshold"], event["level"])
            received[key].append(event["messageId"])
        return received
