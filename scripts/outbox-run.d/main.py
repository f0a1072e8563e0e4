"""The rounds of `scripts/outbox-run`, which prepares everything and starts this."""

import argparse
import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import judge
import load as loads
import place as places
from ground import restart

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
    print(f"==> round {number + 1} of {arguments.rounds}, seed {seed}", file=sys.stderr)
    source = random.Random(seed)
    load = loads.make(arguments.entries, arguments.customers, seed)
    place = places.Place(f"outbox-{number}", WORKERS, arguments.stream)
    began = time.monotonic()
    try:
        known = place.prepare(load)
        place.stripe.fail(seed)
        for worker in range(WORKERS):
            place.start_worker(worker)
        strike(place, load, arguments.kills, source)
        drain(place)
        report = judge.Report()
        judge.judge(place, load, known, report)
    finally:
        place.close()
    print(f"\n{'seed':44}{seed:>10}")
    for name, value, is_fine in report.lines:
        print(f"{name:44}{value:>10}{'' if is_fine else '   WRONG'}")
    print(f"{'workers killed with -9':44}{arguments.kills:>10}")
    print(f"{'restarts of the database':44}{1:>10}")
    print(f"{'seconds':44}{time.monotonic() - began:>10.0f}")
    for text in place.unasked:
        print(f"  {text}")
    return report.is_fine


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/outbox-run")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--stream", action="store_true")
    for name in ("rounds", "entries", "customers", "kills", "seed"):
        parser.add_argument(f"--{name}", type=int)
    arguments = parser.parse_args()
    defaults = (1, 2_000, 100, 6) if arguments.short else (1, 20_000, 500, 30)
    for name, default in zip(("rounds", "entries", "customers", "kills"), defaults):
        if getattr(arguments, name) is None:
            setattr(arguments, name, default)
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(1, 1_000_000)
    if min(arguments.rounds, arguments.kills) < 1 or arguments.entries < arguments.kills or arguments.customers < 10:
        parser.error("rounds and kills must be at least 1, entries at least as many as kills, customers at least 10")
    return arguments


def main() -> None:
    arguments = parse()
    exact = [round_of(number, arguments.seed + number, arguments) for number in range(arguments.rounds)]
    print("\nexact" if all(exact) else f"\nNOT EXACT: {exact.count(False)} of {len(exact)} rounds")
    sys.exit(0 if all(exact) else 1)


main()
