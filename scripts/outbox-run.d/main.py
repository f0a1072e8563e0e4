"""The rounds of `scripts/outbox-run`, which prepares everything and starts this."""

import argparse
import random
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import judge
import load as loads
import place as places
from ground import Report, parse, restart, run_rounds

WORKERS = 3
DRAIN_LIMIT = 600  # seconds


def strike(place: places.Place, load: loads.Load, kills: int, source: random.Random) -> None:
    """Owes the entries portion by portion; after each, a worker is killed, and once, meanwhile, the database."""
    portion = -(-len(load.entries) // kills)
    fatal = kills // 2
    helper = threading.Thread(target=restart, args=("database",), kwargs={"violently": True})
    for number in range(kills):
        place.owe(load.entries[number * portion:(number + 1) * portion])
        place.skip_waits()
        time.sleep(source.uniform(0.2, 1.2))
        if number == fatal:
            helper.start()
        place.kill_worker(number % WORKERS)
        place.start_worker(number % WORKERS)
        if number == fatal:
            # What is owed is written to a database that is there.
            helper.join()
        print(f"\r{number + 1} of {kills} kills", end="" if sys.stderr.isatty() else "\n", file=sys.stderr)


def drain(place: places.Place) -> None:
    def is_done() -> bool:
        place.skip_waits()
        return place.left().get("q", 0) == 0
    place.await_that("nothing is queued", DRAIN_LIMIT, is_done)
    place.stop_workers()


def round_of(number: int, seed: int, arguments: argparse.Namespace) -> bool:
    source = random.Random(seed)
    load = loads.make(arguments.entries, arguments.customers, seed)
    place = places.Place(f"outbox-{number}", WORKERS, arguments.stream)
    report = Report()
    try:
        known = place.prepare(load)
        place.stripe.fail(seed)
        for worker in range(WORKERS):
            place.start_worker(worker)
        strike(place, load, arguments.kills, source)
        drain(place)
        judge.judge(place, load, known, report)
    finally:
        place.close()
    report.show(seed, {"workers killed with -9": arguments.kills, "restarts of the database": 1}, place.unasked)
    return report.is_fine


def defaults(arguments: argparse.Namespace) -> dict[str, int]:
    if arguments.short:
        return {"entries": 2_000, "customers": 100, "kills": 6}
    return {"entries": 20_000, "customers": 500, "kills": 30}


def main() -> NoReturn:
    parser = argparse.ArgumentParser(prog="scripts/outbox-run")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--stream", action="store_true")
    arguments = parse(parser, ["entries", "customers", "kills"], defaults)
    if min(arguments.rounds, arguments.kills) < 1 or arguments.entries < arguments.kills or arguments.customers < 10:
        parser.error("rounds and kills must be at least 1, entries at least as many as kills, customers at least 10")
    run_rounds(arguments, round_of)


main()
