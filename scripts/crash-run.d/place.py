"""Where a round happens: a database and queues of its own, workers, a publisher and a subscriber."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Callable
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ["TOOLS"])
BINARY = os.environ["USAGE_BILLING_BINARY"]
BROKER = urlsplit(os.environ["AMQP_URL"])
HOST, PORT = BROKER.hostname or "127.0.0.1", str(BROKER.port or 5672)
WRONG_TOTALS = ROOT / "scripts" / "tools" / "wrong-totals.sql"
# An answer that a server in the middle of a restart cannot give is asked for again.
PATIENCE = 120


@dataclass(frozen=True)
class Role:
    """Which of the product's queues is worked off."""
    command: str
    queue: str
    variable: str
    routing_key: str


USAGE = Role("usage-worker", "usage", "USAGE_QUEUE", "usage.recorded")
ORDERS = Role("order-worker", "orders", "ORDER_QUEUE", "order.event")


class Place:
    def __init__(self, name: str, workers: int, role: Role, keyring: Callable[[int], str] | None = None) -> None:
        self.role, self.keyring, self.started = role, keyring, 0
        self.queue, self.exchange = f"{name}.{role.queue}", f"{name}.events"
        self.dead_letters = f"{self.queue}.dead-letter"
        self.log = ROOT / ".dev" / "crash" / "run" / name
        # What an earlier round's subscriber got must not be taken for this one's.
        shutil.rmtree(self.log, ignore_errors=True)
        self.log.mkdir(parents=True)
        database = name.replace("-", "_")
        self.url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
        self.environment = {
            **os.environ, "DATABASE_URL": self.url, role.variable: self.queue, "EVENTS_EXCHANGE": self.exchange,
            "DEAD_LETTER_EXCHANGE": f"{name}.dead-letter", "LOG_FORMAT": "json",
        }
        # Asked through the server's own database.
        self.psql(f"drop database if exists {database} with (force)", url=os.environ["DATABASE_URL"])
        self.psql(f"create database {database}", url=os.environ["DATABASE_URL"])
        self.product("migrate")
        self.product(role.command, "--drain", "0")
        self.workers: list[subprocess.Popen[bytes] | None] = [None] * workers
        self.unasked: list[str] = []
        self.subscriber = self.spawn("subscriber", str(TOOLS / "subscribe"), HOST, PORT, self.exchange,
                                     "billing.threshold_exceeded", f"{name}.subscriber")
        self.await_that("the subscriber is bound", 30, lambda: "ready" in (self.log / "subscriber.err").read_text())

    # Programs

    def spawn(self, name: str, *command: str, **options: object) -> subprocess.Popen[bytes]:
        with open(self.log / f"{name}.out", "ab") as out, open(self.log / f"{name}.err", "ab") as err:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, **options}
            return subprocess.Popen(command, env=self.environment, **streams)  # type: ignore[call-overload]

    def product(self, *arguments: str) -> str:
        return run(BINARY, *arguments, environment=self.environment)

    def start_worker(self, number: int) -> None:
        if self.keyring:
            self.environment["PATIENT_REFERENCE_KEY"] = self.keyring(self.started)
        self.started += 1
        self.workers[number] = self.spawn(f"worker-{number}", BINARY, self.role.command)

    def kill_worker(self, number: int) -> None:
        worker = self.workers[number]
        if worker is None:
            return
        if worker.poll() is not None:
            self.unasked.append(f"worker {number} had ended with {worker.returncode}")
        worker.kill()
        worker.wait()

    def stop_workers(self) -> None:
        for worker in self.workers:
            if worker is not None:
                worker.send_signal(signal.SIGTERM)
        for number, worker in enumerate(self.workers):
            if worker is not None and worker.wait(timeout=60) != 0:
                self.unasked.append(f"worker {number} ended with {worker.returncode} when it was asked to stop")
        self.workers = [None] * len(self.workers)

    def close(self) -> None:
        for worker in self.workers:
            if worker is not None:
                worker.kill()
                worker.wait()
        self.subscriber.terminate()
        self.subscriber.wait(timeout=30)

    # Looking

    def psql(self, statement: str, url: str = "") -> str:
        return run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, url or self.url)

    def look(self, action: str, queue: str) -> bytes:
        return run_bytes(str(TOOLS / "queue"), HOST, PORT, action, queue)

    def ready(self, queue: str) -> int:
        return int(self.look("count", queue))

    def await_that(self, what: str, seconds: float, condition: Callable[[], bool]) -> bool:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                print(f"not within {seconds:.0f} seconds: {what}", file=sys.stderr)
                return False
            time.sleep(0.1)
        return True

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


def run_bytes(*command: str, environment: dict[str, str] | None = None) -> bytes:
    end = time.monotonic() + PATIENCE
    while True:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
        if done.returncode == 0:
            return done.stdout
        if time.monotonic() > end or command[0] == BINARY:
            sys.exit(f"error: {' '.join(command)} failed with {done.returncode}:\n{done.stderr.decode()}")
        time.sleep(0.3)


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    return run_bytes(*command, environment=environment).decode()


def restart(server: str, *, violently: bool) -> None:
    """Ends a server with its word, or with SIGKILL, and starts it again where it was."""
    for action in ["kill" if violently else "stop", "start"]:
        run(str(ROOT / "scripts" / "dev"), action, server)
