"""The rounds of `scripts/crash-run`, which prepares everything and starts this."""

import argparse
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import load as loads
import orders
import place as places
from ground import Report, parse, run_rounds

WORKERS = 3
DRAIN_LIMIT = 300  # seconds


class Feeder(threading.Thread):
    """Publishes the lines, never further than it is allowed: every blow of the round falls while there is work."""

    def __init__(self, place: places.Place, lines: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.lines, self.allowed, self.moved = lines, 0, threading.Condition()
        self.program = place.spawn("publisher", str(places.TOOLS / "publish-lines"), places.HOST, places.PORT,
                                   place.exchange, place.role.routing_key, stdin=subprocess.PIPE)

    def allow(self, share: float) -> None:
        with self.moved:
            self.allowed = max(self.allowed, int(len(self.lines) * min(share, 1)))
            self.moved.notify()

    def run(self) -> None:
        sent = 0
        assert self.program.stdin
        while sent < len(self.lines):
            with self.moved:
                self.moved.wait_for(lambda: self.allowed > sent)
                upper = self.allowed
            self.program.stdin.write(b"".join(line + b"\n" for line in self.lines[sent:upper]))
            self.program.stdin.flush()
            sent = upper
        self.program.stdin.close()

    def finish(self) -> bool:
        self.allow(1)
        self.join()
        return self.program.wait(timeout=DRAIN_LIMIT) == 0


def strike(place: places.Place, feeder: Feeder, kills: int, restarts: int, source: random.Random) -> None:
    """Kills workers in turn at random instants, and restarts the servers meanwhile."""
    blows = ["kill"] * kills
    for server in ["broker", "database"]:
        for number in range(restarts):
            blows.insert(source.randrange(len(blows) // 8, len(blows) + 1), f"{server}-{number}")
    helpers: list[threading.Thread] = []
    victim = 0
    for number, blow in enumerate(blows):
        # Somewhat ahead, so that most kills hit a worker with messages in hand.
        feeder.allow((number + 2) / len(blows))
        time.sleep(source.uniform(0.05, 0.5))
        if blow == "kill":
            place.kill_worker(victim % WORKERS)
            place.start_worker(victim % WORKERS)
            victim += 1
        else:
            server, turn = blow.split("-")
            # One restart at a time, while workers go on being killed.
            for helper in helpers:
                helper.join()
            helpers.append(threading.Thread(target=places.restart, args=(server,), kwargs={"violently": turn != "0"}))
            helpers[-1].start()
            time.sleep(source.uniform(0.5, 2))
        print(f"\r{number + 1} of {len(blows)} blows", end="" if sys.stderr.isatty() else "\n", file=sys.stderr)
    for helper in helpers:
        helper.join()


def drain(place: places.Place, load: loads.Load | orders.Load) -> None:
    """Until everything is counted, published and acknowledged: stopped workers leave nothing in the queue."""
    place.await_that("everything is counted", DRAIN_LIMIT, lambda: load.is_counted(place))
    place.await_that("all dead letters are there", 60, lambda: place.ready(place.dead_letters) >= len(load.bad))
    for _ in range(20):
        place.await_that("the queue is empty", DRAIN_LIMIT, lambda: place.ready(place.queue) == 0)
        place.await_that("no threshold message is owed", 60, lambda: place.owed_events() == 0)
        place.stop_workers()
        if place.ready(place.queue) == 0:
            break
        place.start_worker(0)
    if isinstance(load, loads.Load):
        place.await_that("the subscriber has all levels", 20, lambda: load.alerts <= place.alerts().keys())


def judge(place: places.Place, load: loads.Load, report: Report) -> None:
    line = report.line
    rows = place.records()
    held = Counter((company, usage_id) for company, usage_id, _, _ in rows)
    altered = sum(load.good.get((company, usage_id)) not in (None, (metric, int(quantity)))
                  for company, usage_id, metric, quantity in rows)
    dead = place.dead()
    bodies = {body for _, body in dead}
    wrong_reason = sum(load.bad.get(body, reason) != reason for reason, body in dead)
    alerts = place.alerts()
    ids = [message_id for each in alerts.values() for message_id in set(each)]
    wrong_totals = place.wrong_totals()

    line("published", len(load.lines))
    line("  good, each id once", len(load.good))
    line("  duplicates", load.duplicates)
    line("  of them across a month's end", load.across_months)
    line("  bad", len(load.bad))
    line("counted", len(rows), len(load.good))
    line("lost", len(load.good.keys() - held.keys()), 0)
    line("doubled", sum(count - 1 for count in held.values()), 0)
    line("never published", len(held.keys() - load.good.keys()), 0)
    line("counted with another quantity", altered, 0)
    line("dead letters expected", len(load.bad))
    line("dead letters seen, each once", len(bodies), len(load.bad))
    line("  bad messages without one", len(load.bad.keys() - bodies), 0)
    line("  good messages among them", len(bodies - load.bad.keys()), 0)
    line("  with another reason", wrong_reason, 0)
    line("  repeated", len(dead) - len(bodies))
    line("threshold levels expected", len(load.alerts))
    line("threshold levels seen", len(alerts), len(load.alerts))
    line("  missing", len(load.alerts - alerts.keys()), 0)
    line("  unexpected", len(alerts.keys() - load.alerts), 0)
    line("  with more than one message id", sum(len(set(each)) > 1 for each in alerts.values()), 0)
    line("  message ids for more than one level", len(ids) - len(set(ids)), 0)
    line("  received again", sum(len(each) for each in alerts.values()) - len(alerts))
    line("totals unlike the ledger", wrong_totals, 0)
    line("usage-billing verify finds it right", "yes" if place.verified() else "no", "yes")
    line("left in the queue", place.ready(place.queue), 0)
    line("workers that ended unasked", len(place.unasked), 0)


def register(place: places.Place, load: loads.Load) -> None:
    levels = "/".join(level for level, _ in loads.ORDER_LEVELS)
    for company, threshold in load.thresholds.items():
        place.product("companies", "set", company, "--plan", "standard", "--rate",
                      f"order:threshold={threshold},levels={levels}")


def round_of(number: int, seed: int, arguments: argparse.Namespace) -> bool:
    source = random.Random(seed)
    load: loads.Load | orders.Load
    if arguments.orders:
        load = orders.make(arguments.messages, seed)
        place = places.Place(f"crash-orders-{number}", WORKERS, places.ORDERS, orders.keyring)
    else:
        load = loads.make(arguments.messages, seed)
        place = places.Place(f"crash-{number}", WORKERS, places.USAGE)
    report = Report()
    try:
        if isinstance(load, loads.Load):
            register(place, load)
        for worker in range(WORKERS):
            place.start_worker(worker)
        feeder = Feeder(place, load.lines)
        feeder.start()
        strike(place, feeder, arguments.kills, arguments.restarts, source)
        published = feeder.finish()
        drain(place, load)
        if isinstance(load, loads.Load):
            judge(place, load, report)
        else:
            orders.judge(place, load, report)
        report.line("publisher ended well", "yes" if published else "no", "yes")
    finally:
        place.close()
    report.show(seed, {
        "workers killed with -9": arguments.kills,
        "restarts of the broker": arguments.restarts,
        "restarts of the database": arguments.restarts,
    }, place.unasked)
    return report.is_fine


def defaults(arguments: argparse.Namespace) -> dict[str, int]:
    if arguments.short:
        return {"messages": 20_000, "kills": 6, "restarts": 1}
    return {"messages": 50_000 if arguments.orders else 200_000, "kills": 30, "restarts": 2}


def main() -> NoReturn:
    parser = argparse.ArgumentParser(prog="scripts/crash-run")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--orders", action="store_true")
    arguments = parse(parser, ["messages", "kills", "restarts"], defaults)
    if arguments.rounds < 1 or arguments.messages < 1_000 or arguments.kills < 1 or arguments.restarts < 0:
        parser.error("rounds and kills must be at least 1, messages at least 1000, restarts at least 0")
    run_rounds(arguments, round_of)


main()
