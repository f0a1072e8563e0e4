"""The rounds of `scripts/bench ingest`, which prepares everything and starts this.

One measurement: an empty ledger (or the one with many records in it), the product's quorum queue made anew, the
messages published and all there; then one program drains them while nothing is published. The rate is the program's own
figure, from its first request for messages to its last acknowledgement, the same for all. In each round everyone has a
turn, always in the same order; medians are compared.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Callable
from urllib.parse import urlsplit

QUEUE = "usage.recorded"
ORDERS = "order-events"
COMPANIES = 1000
# Where the peers' publisher has its timestamps too.
FROM, TO = "2026-11-01T00:00:00Z", "2026-11-04T00:00:00Z"
LANES = 2
PEER_BATCH = 1000  # as the peers come
STEP_LIMIT = 900  # seconds, for any one program
PUBLISH_ATTEMPTS = 3
PATIENCE = 10  # seconds without another message in the queue, until it counts as all there
PRELOAD_SQL = Path(__file__).with_name("preload.sql")
PRELOAD_SPREAD = ["-v", "months=1", "-v", "seconds=259200"]  # the month and days of the load

OWN = "usage-billing"
# What this worker's median has to be, as a multiple of another's; and a variant's as a multiple of the plain one's.
LEAST = {"ceiling": 0.5, "go": 1.25, "python": 6.0}
LEAST_OF_VARIANTS = {"1 % duplicates": 0.7, "records there": 0.8}
MOST_MEMORY = 64  # MiB
PRELOADED, RUN = "usage_billing_bench_preloaded", "usage_billing_bench_run"

TOOLS = Path(os.environ["TOOLS"])
PEERS = TOOLS / "peers"
PEER_SOURCES = Path(os.environ["PEERS"])
BINARY = os.environ["USAGE_BILLING_BINARY"]
AMQP_URL = os.environ["AMQP_URL"]
DATABASE_URL = os.environ["DATABASE_URL"]
BROKER = urlsplit(AMQP_URL)
HOST, PORT = BROKER.hostname or "127.0.0.1", str(BROKER.port or 5672)


@dataclass
class Contestant:
    name: str
    command: Callable[[int], list[str]]
    rate: Callable[[str], float]
    database: str = RUN
    duplicates: int = 0  # percent of the messages
    check: Callable[[int, int], None] = lambda messages, counted: None
    queue: str = QUEUE
    rates: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def database_url(name: str) -> str:
    return urlsplit(DATABASE_URL)._replace(path=f"/{name}").geturl()


def environment(database: str) -> dict[str, str]:
    # The load's timestamps are fixed, and must not grow too old.
    return {**os.environ, "DATABASE_URL": database_url(database), "MAX_USAGE_AGE": "3650", "LOG_LEVEL": "warning"}


def call(*command: str, database: str = RUN) -> str:
    """Runs a program to its end and gives its output; a failure ends the bench with what the program said."""
    done = subprocess.run(command, env=environment(database), capture_output=True, text=True, timeout=STEP_LIMIT)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def sql(statement: str, database: str = "") -> str:
    url = database_url(database) if database else DATABASE_URL
    return call("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, url).strip()


def queue(action: str, name: str = QUEUE) -> str:
    return call(str(TOOLS / "queue"), HOST, PORT, action, name).strip()


def drop_databases() -> None:
    for name in (RUN, PRELOADED):
        sql(f"drop database if exists {name} with (force)")


def prepare_databases(preload: int) -> None:
    """Made once: making or dropping a database is a checkpoint, after which every page's first change is logged whole."""
    drop_databases()
    sql(f"create database {RUN}")
    if preload:
        sql(f"create database {PRELOADED}")
        call(BINARY, "migrate", database=PRELOADED)
        url = database_url(PRELOADED)
        call("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-v", f"rows={preload}", *PRELOAD_SPREAD, "-f", str(PRELOAD_SQL), url)
        sql("vacuum analyze", PRELOADED)


def fresh_ledger() -> None:
    """An empty ledger; the tables of the peers' programs are made anew by themselves."""
    sql("set client_min_messages = warning; drop schema if exists billing cascade", RUN)
    call(BINARY, "migrate", database=RUN)


def publish(contestant: Contestant, messages: int, round_number: int) -> None:
    """The same load for everyone, in a new queue; where the peers are not there, the product's own publisher makes one.

    Each round has other ids: the ledger with many records is kept from round to round. The peers' publisher does not ask
    for confirms, so the broker may drop what is on its way into a quorum queue when the channel closes: then once more.
    """
    for _ in range(PUBLISH_ATTEMPTS):
        fresh_queue(contestant.queue)
        call(*publisher(contestant, messages, round_number))
        if (ready := settled_count(contestant.queue, messages)) == messages:
            return
        print(f"{messages} messages published, but {ready} in the queue: publishing again", file=sys.stderr)
    sys.exit(f"error: {PUBLISH_ATTEMPTS} times not all of {messages} messages reached the queue")


def publisher(contestant: Contestant, messages: int, round_number: int) -> list[str]:
    duplicates, name = contestant.duplicates, contestant.queue
    if PEER_SOURCES.is_dir() and name == QUEUE:
        load = [messages, COMPANIES, duplicates, round_number * messages]
        return [str(PEERS / "publish"), HOST, PORT, QUEUE, *map(str, load)]
    load = ["--messages", str(messages), "--companies", str(COMPANIES), "--largest-share", "10"]
    load += ["--duplicates", str(duplicates), "--from", FROM, "--to", TO, "--queue", name]
    load += ["--seed", str(round_number + 1)] + (["--orders"] if name == ORDERS else [])
    return [BINARY, "publish", *load]


def settled_count(name: str, expected: int) -> int:
    """How many messages are in the queue once all are there, or no more come."""
    count, last_growth = 0, time.monotonic()
    while count != expected and time.monotonic() < last_growth + PATIENCE:
        time.sleep(0.05)
        if (now := int(queue("count", name))) != count:
            count, last_growth = now, time.monotonic()
    return count


def drain(contestant: Contestant, messages: int) -> tuple[float, float]:
    """Lets the contestant drain the queue; gives its rate and its peak memory in MiB."""
    # To a file: a pipe that nobody reads can fill up and hold the program up.
    with tempfile.TemporaryFile("w+") as file:
        return drain_into(file, contestant, messages)


def drain_into(file: IO[str], contestant: Contestant, messages: int) -> tuple[float, float]:
    process = subprocess.Popen(contestant.command(messages), env=environment(contestant.database), stdout=file, stderr=subprocess.STDOUT)
    peak, deadline = 0.0, time.monotonic() + STEP_LIMIT
    while process.poll() is None:
        # The kernel keeps the peak, so the last reading before the end is what counts.
        peak = max(peak, peak_memory(process.pid))
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.05)
    file.seek(0)
    output = file.read()
    if process.returncode != 0:
        sys.exit(f"error: {contestant.name} failed with {process.returncode}:\n{output}")
    if (left := int(queue("count", contestant.queue))) != 0:
        sys.exit(f"error: {contestant.name} left {left} messages in the queue:\n{output}")
    return contestant.rate(output), peak


def peak_memory(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def measure(contestant: Contestant, messages: int, round_number: int) -> None:
    if contestant.database == RUN:
        fresh_ledger()
    publish(contestant, messages, round_number)
    before = records(contestant.database)
    rate, peak = drain(contestant, messages)
    contestant.check(messages, records(contestant.database) - before)
    contestant.rates.append(rate)
    contestant.memory.append(peak)


def fresh_queue(name: str) -> None:
    """The product declares its own queue, so that everyone drains one with exactly its arguments."""
    queue("delete", name)
    call(BINARY, "usage-worker" if name == QUEUE else "order-worker", "--drain", "0")


def own_rate(output: str) -> float:
    """The worker ends with one line of JSON: {"messages": N, "seconds": S, "rate": R}."""
    return float(json.loads(output.strip().splitlines()[-1])["rate"])


def peer_rate(output: str) -> float:
    found = re.search(r"([\d.]+)/s", output)
    if not found:
        sys.exit(f"error: no rate in: {output}")
    return float(found[1])


def records(database: str) -> int:
    return int(sql("select count(*) from billing.usage_records where kind = 'u'", database))


def check_ledger(messages: int, counted: int, duplicates: int) -> None:
    """A rate is worth nothing if something was left out."""
    least = messages * (100 - 2 * duplicates) // 100
    if not (least <= counted <= messages if duplicates else counted == messages):
        sys.exit(f"error: {messages} messages, {duplicates} % of them duplicates, but {counted} records")


def contestants(preload: int) -> list[Contestant]:
    def own(name: str, duplicates: int = 0, there: int = 0) -> Contestant:
        def command(messages: int) -> list[str]:
            return [BINARY, "usage-worker", "--lanes", str(LANES), "--drain", str(messages)]

        return Contestant(name, command, own_rate, PRELOADED if there else RUN, duplicates,
                          lambda messages, counted: check_ledger(messages, counted, duplicates))

    def orders() -> Contestant:
        def command(messages: int) -> list[str]:
            return [BINARY, "order-worker", "--lanes", str(LANES), "--drain", str(messages)]

        # Of four events three are of one order, which makes one record at least, and one is of a patient.
        def check(messages: int, counted: int) -> None:
            if counted < messages // 2:
                sys.exit(f"error: {messages} order events, but {counted} records")

        return Contestant(f"{OWN}, order events", command, own_rate, check=check, queue=ORDERS)

    def ceiling(messages: int) -> list[str]:
        return [str(PEERS / "ceiling"), HOST, PORT, QUEUE, str(messages), str(PEER_BATCH), str(LANES), database_url(RUN)]

    def go(messages: int) -> list[str]:
        options = {"amqp": AMQP_URL, "pg": database_url(RUN), "queue": QUEUE, "n": messages, "batch": PEER_BATCH}
        return [str(PEERS / "peer-go"), f"-lanes={LANES}", *(f"-{name}={value}" for name, value in options.items())]

    def python(messages: int) -> list[str]:
        program = [str(PEERS / "python" / "bin" / "python"), "-B", str(PEER_SOURCES / "python" / "peer.py")]
        return [*program, AMQP_URL, database_url(RUN), QUEUE, str(messages), str(PEER_BATCH)]

    everyone = [own(OWN)]
    if PEER_SOURCES.is_dir():
        everyone += [Contestant(name, command, peer_rate) for name, command in
                     (("ceiling", ceiling), ("go", go), ("python", python))]
    everyone += [own(f"{OWN}, {share} % duplicates", share) for share in (1, 10)]
    everyone.append(orders())
    if preload:
        everyone.append(own(f"{OWN}, {preload} records there", there=preload))
    return everyone


def least_ratio(name: str) -> float | None:
    return LEAST.get(name) or next((least for end, least in LEAST_OF_VARIANTS.items() if name.endswith(end)), None)


def report(everyone: list[Contestant], arguments: argparse.Namespace) -> None:
    results = [
        {"name": each.name, "rate": round(statistics.median(each.rates)), "peakMemoryMiB": round(max(each.memory), 1),
         "rates": [round(rate) for rate in each.rates]}
        for each in everyone
    ]
    medians = {result["name"]: result["rate"] for result in results}
    ratios = {name: round(medians[OWN] / medians[name], 3) for name in ("go", "python", "ceiling") if name in medians}
    variants = {name: round(rate / medians[OWN], 3) for name, rate in medians.items() if name.startswith(OWN + ",")}
    if arguments.json:
        json.dump({"bench": "ingest", "messages": arguments.messages, "rounds": arguments.rounds, "results": results,
                   "ratios": ratios, "variantRatios": variants}, sys.stdout)
        print()
        return
    print(f"{arguments.messages} messages, medians of {arguments.rounds} rounds\n")
    print(f"{'':40}{'messages/s':>12}{'lowest':>9}{'highest':>9}{'spread':>8}{'peak MiB':>10}{'ratio':>8}  at least")
    for result in results:
        name, rates = result["name"], result["rates"]
        spread = f"{(max(rates) - min(rates)) / result['rate']:.0%}"
        ratio = ratios.get(name, variants.get(name))
        line = f"{name:40}{result['rate']:>12}{min(rates):>9}{max(rates):>9}{spread:>8}{result['peakMemoryMiB']:>10}"
        print((line + judged(ratio, least_ratio(name)) if ratio is not None else line).rstrip())
    print("\nratio: this worker's median to a peer's; a variant's median to this worker's plain one")
    print("spread: from the lowest to the highest rate, in percent of the median")
    own_memory = max(result["peakMemoryMiB"] for result in results if result["name"].startswith(OWN))
    verdict = "as it has to be" if own_memory < MOST_MEMORY else "TOO MUCH"
    print(f"peak memory of this worker: {own_memory} MiB, below {MOST_MEMORY}: {verdict}")
    if arguments.quick:
        print("\nA quick run only shows that everything works: starting up is most of it, and its rates mean nothing.")


def judged(ratio: float, least: float | None) -> str:
    if least is None:
        return f"{ratio:>8.2f}"
    return f"{ratio:>8.2f}  {least:.2f}{'' if ratio >= least else '  TOO LOW'}"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench ingest")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--messages", type=int)
    parser.add_argument("--preload", type=int)
    arguments = parser.parse_args()
    defaults = (1, 20_000, 50_000) if arguments.quick else (5, 200_000, 5_000_000)
    for name, default in zip(("rounds", "messages", "preload"), defaults):
        if getattr(arguments, name) is None:
            setattr(arguments, name, default)
    if arguments.rounds < 1 or arguments.messages < 1 or arguments.preload < 0:
        parser.error("rounds and messages must be at least 1, preload at least 0")
    return arguments


def main() -> None:
    arguments = parse()
    everyone = contestants(arguments.preload)
    prepare_databases(arguments.preload)
    for number in range(arguments.rounds):
        for each in everyone:
            measure(each, arguments.messages, number)
            progress = f"round {number + 1} of {arguments.rounds}"
            print(f"{progress}: {each.name}: {each.rates[-1]:.0f}/s, {each.memory[-1]:.1f} MiB", file=sys.stderr)
    drop_databases()
    report(everyone, arguments)


main()
