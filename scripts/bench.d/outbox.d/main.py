"""`scripts/bench outbox`, which prepares everything and starts this."""

import argparse
import dataclasses
import json
import statistics
import sys
from typing import Callable

import drains
import peers
import place
import store

PARTS = ("stream", "rate", "claims", "churn", "peers")
LEAST_STREAM = 10_000  # events a second
MOST_OFF, MOST_ABOVE, MOST_PROCESSOR = 0.03, 0.02, 0.15
MOST_SLOWER, MOST_GROWTH = 1.5, 1.2


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Report:
    """Lines for people, and the same for programs."""

    def __init__(self, is_judging: bool) -> None:
        self.is_judging = is_judging
        self.lines: list[str] = []
        self.document: dict[str, object] = {"bench": "outbox"}

    def add(self, line: str = "") -> None:
        self.lines.append(line)

    def judge(self, line: str, is_good: bool) -> None:
        verdict = f"  {'as it has to be' if is_good else 'NOT AS IT HAS TO BE'}" if self.is_judging else ""
        self.lines.append(line + verdict)


def stream(arguments: argparse.Namespace, simulator: place.Simulator, server: place.Server, report: Report) -> None:
    companies, rounds = (200, 10) if arguments.short else (1000, 60)
    runs = []
    for number in range(arguments.rounds):
        runs.append(drains.stream(simulator, server, companies, rounds))
        tell(f"stream, round {number + 1} of {arguments.rounds}: {runs[-1].rate:.0f}/s")
    report.document["stream"] = [dataclasses.asdict(run) for run in runs]
    rate = statistics.median(run.rate for run in runs)
    rates = [run.rate for run in runs]
    report.add(f"Meter events by the stream: {runs[0].events} entries of {companies} companies "
               f"with {drains.METERS} meters, one worker")
    report.judge(f"  {rate:.0f} events/s (lowest {min(rates):.0f}, highest {max(rates):.0f}), at least {LEAST_STREAM}",
                 rate >= LEAST_STREAM)
    used = {name: statistics.median(getattr(run, name) for run in runs) for name in ("worker", "simulator", "server")}
    report.add("  processor seconds for a million: "
               + ", ".join(f"{name} {seconds:.1f}" for name, seconds in used.items()))
    report.add()


def rate(arguments: argparse.Namespace, simulator: place.Simulator, _: place.Server, report: Report) -> None:
    seconds = 5 if arguments.short else 30
    runs = []
    for number in range(1 if arguments.short else arguments.rounds):
        for replicas in (1, 3):
            runs.append(drains.rate(simulator, replicas, seconds))
            tell(f"rate, round {number + 1}, {replicas} replicas: {runs[-1].average:.1f}/s, at most {runs[-1].most}, "
                 f"{runs[-1].processor:.1%} of a core")
    report.document["rate"] = [dataclasses.asdict(run) for run in runs]
    report.add(f"Single calls at {drains.RATE}/s, {seconds} seconds")
    for run in runs:
        good = (abs(run.average / drains.RATE - 1) <= MOST_OFF and run.most <= drains.RATE * (1 + MOST_ABOVE)
                and run.processor < MOST_PROCESSOR)
        report.judge(f"  {run.replicas} replica{'s' if run.replicas > 1 else ' '}: {run.average:7.1f}/s on average "
                     f"({run.average / drains.RATE - 1:+.1%}), {run.most} in the busiest second, "
                     f"{run.processor:5.1%} of one core", good)
    report.add(f"  within {MOST_OFF:.0%} on average, in no second more than {MOST_ABOVE:.0%} above, "
               f"under {MOST_PROCESSOR:.0%} of a core\n")


def claims(arguments: argparse.Namespace, _: place.Simulator, __: place.Server, report: Report) -> None:
    sizes, stuck = ([1000, 10_000], 10_000) if arguments.short else ([1000, 100_000, 1_000_000], 100_000)
    results = store.flatness(sizes, stuck, 50 if arguments.short else 100, arguments.rounds)
    report.document["claims"] = [result.figures for result in results]
    report.add(f"Claims of {store.KEYS} sequences, milliseconds (median, and what nine of ten keep below)")
    for result in results:
        ratio = result.claim / results[0].claim
        report.judge(f"  {result.name:45} claim {result.claim:6.2f} {result.slow:6.2f}  settle {result.settle:6.2f}"
                     f"  ratio {ratio:.2f}", ratio <= MOST_SLOWER)
    report.add(f"  at most {MOST_SLOWER} times the time of the first\n")


def churn(arguments: argparse.Namespace, _: place.Simulator, __: place.Server, report: Report) -> None:
    seconds = 15 if arguments.short else arguments.minutes * 60
    result = store.churn(seconds, 5 if arguments.short else 10, 50 if arguments.short else 300)
    report.document["churn"] = {
        "seconds": result.seconds, "settled": result.settled, "history": result.history,
        "sizes": [dataclasses.asdict(size) for size in result.sizes],
        "claims": [result.before.figures, result.after.figures]}
    report.add(f"Churn: {result.settled} entries written, claimed and settled in {result.seconds:.0f} s, "
               "through the store alone")
    report.add("  MiB           " + "".join(f"{name:>15}{'indexes':>9}" for name in store.TABLES))
    for size in result.sizes:
        report.add(f"  at {size.settled:>9}  " + "".join(
            f"{size.heaps[name] / 2**20:15.1f}{size.indexes[name] / 2**20:9.1f}" for name in store.TABLES))
    report.add(f"  history: {result.history / max(1, result.settled):.0f} bytes an entry")
    # By half time, autovacuum has come by often enough for free space to be used again.
    half = len(result.sizes) // 2
    growth = max(size.total for size in result.sizes[half:]) / result.sizes[half].total
    slower = result.after.claim / result.before.claim
    report.judge(f"  from {result.sizes[half].settled} settled on, tables and indexes grew at most {growth:.2f} times",
                 growth <= MOST_GROWTH)
    report.judge(f"  claims: {result.before.claim:.2f} ms before, {result.after.claim:.2f} ms after, "
                 f"ratio {slower:.2f}", slower <= MOST_SLOWER)
    report.add()


def side_by_side(arguments: argparse.Namespace, simulator: place.Simulator, server: place.Server,
                 report: Report) -> None:
    entries = 5000 if arguments.short else 20_000
    everyone = peers.side_by_side(simulator, server, entries, arguments.rounds, tell)
    report.document["peers"] = [{"name": each.name, "median": each.median, "rates": each.rates} for each in everyone]
    report.add(f"Side by side: {entries} entries; medians of {arguments.rounds} rounds")
    report.add(f"  {'':36}{'entries/s':>10}{'lowest':>9}{'highest':>9}{'ratio':>8}")
    own = everyone[0].median
    for each in everyone:
        report.add(f"  {each.name:36}{each.median:>10.0f}{min(each.rates):>9.0f}{max(each.rates):>9.0f}"
                   f"{own / each.median:>8.2f}")
    report.add("  ratio: the store's median to this one. Peers and store do nothing with an entry but mark it done, in")
    report.add("  two processes each, the store in the order of each sequence; the worker sends each to the simulator,")
    report.add("  by the stream")
    report.judge("  ahead of both peers, doing the same:", all(own > each.median for each in everyone[2:]))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench outbox")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--only", default=",".join(PARTS))
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    if arguments.rounds is None:
        arguments.rounds = 1 if arguments.short else 3
    if arguments.rounds < 1 or arguments.minutes < 1 or set(arguments.only) - set(PARTS):
        parser.error(f"rounds and minutes must be at least 1, parts some of {','.join(PARTS)}")
    return arguments


def main() -> None:
    arguments = parse()
    report = Report(is_judging=not arguments.short)
    measures: dict[str, Callable[[argparse.Namespace, place.Simulator, place.Server, Report], None]] = {
        "stream": stream, "rate": rate, "claims": claims, "churn": churn, "peers": side_by_side}
    place.make_database()
    with place.Simulator() as simulator:
        server = place.Server()
        for name in PARTS:
            if name in arguments.only:
                measures[name](arguments, simulator, server, report)
    place.drop_database()
    if arguments.json:
        json.dump(report.document, sys.stdout)
        print()
        return
    print("\n".join(report.lines))
    if arguments.short:
        print("\nA short run only shows that everything works; its figures mean nothing.")


main()
