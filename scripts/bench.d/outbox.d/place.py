"""Where it all happens: the database, the simulator, workers, and what they use of the processors."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO, Callable, Iterator

HERE = Path(__file__).parent
BINARY, STORE = os.environ["USAGE_BILLING_BINARY"], os.environ["OUTBOX_BENCH_BINARY"]
SERVER_URL = os.environ["DATABASE_URL"]
DATABASE = "usage_billing_outbox_bench"
STEP_LIMIT = 1800  # seconds, for any one program
TICKS = os.sysconf("SC_CLK_TCK")
KEY = "sk_test_bench"


def url(database: str = DATABASE) -> str:
    return urllib.parse.urlsplit(SERVER_URL)._replace(path=f"/{database}").geturl()


def environment(database: str = DATABASE, **more: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url(database), "LOG_LEVEL": "warning", **more}


def call(*command: str, database: str = DATABASE, text: str | None = None, **more: str) -> str:
    """Runs a program to its end and gives its output; a failure ends the bench with what the program said."""
    done = subprocess.run(command, env=environment(database, **more), input=text or "", capture_output=True, text=True,
                          timeout=STEP_LIMIT)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def spawn(*command: str, output: IO[str] | int = subprocess.DEVNULL, database: str = DATABASE,
          **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, env=environment(database, **more), stdin=subprocess.DEVNULL, stdout=output,
                            text=True)


# --- The database -----------------------------------------------------------------------------------------------------


def sql(statement: str, database: str = DATABASE) -> str:
    return call("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url(database), database=database, text=statement).strip()


def run_file(name: str, database: str, **variables: int) -> None:
    settings = [part for key, value in variables.items() for part in ("-v", f"{key}={value}")]
    call("psql", "-qX", "-v", "ON_ERROR_STOP=1", *settings, "-f", str(HERE / name), url(database), database=database)


def server_sql(statement: str) -> None:
    call("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, SERVER_URL)


def make_database(name: str = DATABASE) -> None:
    server_sql(f"drop database if exists {name} with (force)")
    server_sql(f"create database {name}")


def drop_database(name: str = DATABASE) -> None:
    server_sql(f"drop database if exists {name} with (force)")


def fresh_outbox(companies: int, meters: int, customers: list[str] | None = None, database: str = DATABASE) -> None:
    """An empty outbox with companies that lack nothing."""
    sql("set client_min_messages = warning; drop schema if exists billing cascade; "
        "drop table if exists public.bench_customers; "
        "create table public.bench_customers (n integer primary key, id text not null)", database)
    call(BINARY, "migrate", database=database)
    rows = "".join(f"{number}\t{customer}\n" for number, customer in enumerate(customers or [], 1))
    sql(f"copy public.bench_customers from stdin;\n{rows}\\.\nanalyze public.bench_customers;", database)
    run_file("companies.sql", database, companies=companies, meters=meters)


def add_entries(companies: int, meters: int, rounds: int, minute: int = 0, first: int = 1,
                database: str = DATABASE) -> None:
    last = first + companies - 1
    run_file("entries.sql", database, first=first, last=last, meters=meters, rounds=rounds, minute=minute)


def settle_down(database: str = DATABASE) -> None:
    """What was written in bulk is vacuumed and on disk before anything is measured."""
    sql("vacuum analyze; checkpoint;", database)


def waiting() -> int:
    return int(sql("select count(*) from billing.outbox_entries"))


def outcomes() -> dict[str, int]:
    rows = sql("select outcome, count(*) from billing.outbox_history group by 1").splitlines()
    return {outcome: int(count) for outcome, count in (row.split("|") for row in rows)}


# --- The processors ---------------------------------------------------------------------------------------------------


def seconds_used(pid: int, with_children: bool = False) -> float:
    """Processor seconds; with_children: of those that it has waited for, too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(fields[index]) for index in ((11, 12, 13, 14) if with_children else (11, 12))) / TICKS


class Server:
    """All processes of the database's server, if it runs on this machine."""

    def __init__(self) -> None:
        with subprocess.Popen(["psql", "-qAtX", url()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as session:
            assert session.stdin and session.stdout
            session.stdin.write("select pg_backend_pid();\n")
            session.stdin.flush()
            pid = int(session.stdout.readline())
            try:
                self.postmaster = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                self.postmaster = 0
            session.stdin.close()

    def seconds(self) -> float:
        if not self.postmaster:
            return 0.0
        children = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split()
        return seconds_used(self.postmaster, with_children=True) + sum(seconds_used(int(child)) for child in children)


# --- The simulator ----------------------------------------------------------------------------------------------------


class Simulator:
    """Stripe, without its limits, with meters and customers; it counts what comes."""

    def __enter__(self) -> "Simulator":
        # None of what came is kept: only counts and effects are looked at.
        self.process = spawn(BINARY, "stripe-simulator", "--port", "0", "--keep-requests", "0", output=subprocess.PIPE)
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip().removeprefix("stripe simulator: ")
        if not self.url.startswith("http://"):
            sys.exit(f"error: the simulator did not start: {self.url}")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def settings(self) -> dict[str, str]:
        """What a worker needs to find it."""
        return {"STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": self.url, "STRIPE_METER_EVENTS_BASE": self.url}

    def ask(self, path: str) -> dict:
        with urllib.request.urlopen(f"{self.url}/_simulator/{path}", timeout=60) as answer:
            return json.load(answer)

    def reset(self, companies: int) -> list[str]:
        """Forgets everything; gives the customers of so many companies. The meters are those of the catalog."""
        request = urllib.request.Request(f"{self.url}/_simulator/reset", method="POST")
        urllib.request.urlopen(request, timeout=60).close()
        customers = []
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc)
        for number in range(1, companies + 1):
            connection.request("POST", "/v1/customers", urllib.parse.urlencode({"name": f"bench-{number}"}),
                               {"Authorization": f"Bearer {KEY}", "Content-Type": "application/x-www-form-urlencoded"})
            customers.append(json.load(connection.getresponse())["id"])
        connection.close()
        return customers

    def make_meters(self) -> None:
        call(BINARY, "stripe", "setup", **self.settings)

    def events(self) -> int:
        return self.ask("traffic")["meter_events"]["total"]

    def check(self, entries: int) -> None:
        """A rate is worth nothing if something was left out, refused, or sent twice at once."""
        counted = sum(row["count"] for row in self.ask("effects/meter_events?summary=customer,event_name")["data"])
        answers = self.ask("traffic")["answers"]
        others = {name: codes for name, codes in answers.items() if "meter_event" in name and set(codes) - {"200"}}
        violations = self.ask("violations")
        if counted != entries or others or violations.get("count", len(violations.get("data", []))):
            sys.exit(f"error: {entries} entries, but {counted} events counted; {others}; {violations}")


@contextlib.contextmanager
def workers(count: int, simulator: Simulator, **settings: str) -> Iterator[list[subprocess.Popen[str]]]:
    """So many outbox workers; they are stopped in order at the end."""
    running = [spawn(BINARY, "outbox-worker", **simulator.settings, **settings) for _ in range(count)]
    try:
        yield running
        for worker in running:
            worker.terminate()
        if any(worker.wait(60) for worker in running):
            sys.exit("error: a worker did not leave in order")
    finally:
        for worker in running:
            if worker.poll() is None:
                worker.kill()


def until(condition: Callable[[], bool], what: str, interval: float = 0.05, limit: float = STEP_LIMIT) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"error: {what}: not within {limit:.0f} seconds")
        time.sleep(interval)
