"""Side by side: the same number of entries through the same server, by everyone in turn.

The store alone and the peers do nothing with an entry but mark it done: claim, nothing, done; two processes each, for
two cores. The worker is measured with all it does: it claims, sends every event to the simulator, and settles.
"""

import json
import os
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import drains
import place

PYTHON = str(Path(os.environ["PEERS_ENVIRONMENT"]) / "bin" / "python")
DATABASE = "usage_billing_outbox_peer"
PROCESSES = 2
COMPANIES, METERS = 1000, 5

STORE, WORKER = "this outbox, the store alone", "this outbox, sent to the simulator"


@dataclass
class Contestant:
    name: str
    measure: Callable[[int], float]
    rates: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.rates)


def together(*command: str, database: str, **settings: str) -> list[dict]:
    """Runs so many processes at once and gives what each has printed."""
    running = [place.spawn(*command, output=subprocess.PIPE, database=database, **settings) for _ in range(PROCESSES)]
    outputs = [process.communicate(timeout=place.STEP_LIMIT)[0] for process in running]
    if any(process.returncode for process in running):
        raise SystemExit(f"error: {' '.join(command)} failed")
    return [json.loads(output.strip().splitlines()[-1]) for output in outputs]


def store(entries: int) -> float:
    place.fresh_outbox(COMPANIES, METERS)
    place.add_entries(COMPANIES, METERS, entries // (COMPANIES * METERS))
    place.settle_down()
    reports = together(place.STORE, "drain", "200", "20", database=place.DATABASE)
    if sum(report["settled"] for report in reports) != entries or place.outcomes() != {"d": entries}:
        raise SystemExit(f"error: {entries} entries, but {reports}")
    began = min(report["beganMicroseconds"] for report in reports)
    return entries / (max(report["endedMicroseconds"] for report in reports) - began) * 1e6


def peer(program: str, done: str, entries: int) -> float:
    place.make_database(DATABASE)
    command, settings = [PYTHON, "-B", str(place.HERE / program)], {"PEER_URL": place.url(DATABASE)}
    place.call(*command, "fill", str(entries), database=DATABASE, **settings)
    place.sql("vacuum analyze; checkpoint;", DATABASE)
    reports = together(*command, "drain", database=DATABASE, **settings)
    if int(place.sql(done, DATABASE)) != entries:
        raise SystemExit(f"error: {program} did not do all {entries}")
    place.drop_database(DATABASE)
    return entries / (max(report["ended"] for report in reports) - min(report["began"] for report in reports))


def side_by_side(simulator: place.Simulator, server: place.Server, entries: int, rounds: int,
                 tell: Callable[[str], None]) -> list[Contestant]:
    def worker(entries: int) -> float:
        return drains.stream(simulator, server, COMPANIES, entries // (COMPANIES * METERS)).rate

    everyone = [
        Contestant(STORE, store),
        Contestant(WORKER, worker),
        Contestant("procrastinate", lambda entries: peer(
            "procrastinate_peer.py", "select count(*) from procrastinate_jobs where status = 'succeeded'", entries)),
        Contestant("pgqueuer", lambda entries: peer(
            "pgqueuer_peer.py", "select count(*) from pgqueuer_log where status = 'successful'", entries)),
    ]
    for number in range(rounds):
        for each in everyone:
            each.rates.append(each.measure(entries))
            tell(f"side by side, round {number + 1} of {rounds}: {each.name}: {each.rates[-1]:.0f}/s")
    return everyone
