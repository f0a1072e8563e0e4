"""What the worker drains: by the stream as fast as it can, by single calls at the rate that is set."""

import time
from dataclasses import dataclass

import place

METERS = 5
RATE = 1000  # STRIPE_METER_RATE: calls a second, of all replicas
WARM_UP = 5  # seconds until a worker's rate is even


@dataclass
class Stream:
    events: int
    rate: float
    # Processor seconds for a million events.
    worker: float
    simulator: float
    server: float


def stream(simulator: place.Simulator, server: place.Server, companies: int, rounds: int) -> Stream:
    """From the first event that the simulator took to the last entry settled."""
    entries = companies * METERS * rounds
    place.fresh_outbox(companies, METERS, simulator.reset(companies))
    simulator.make_meters()
    place.add_entries(companies, METERS, rounds)
    place.settle_down()
    settings = {"STRIPE_METER_STREAM": "true", "STRIPE_METER_STREAM_RATE": "1000000"}
    used = {"simulator": -place.seconds_used(simulator.pid), "server": -server.seconds()}
    with place.workers(1, simulator, **settings) as running:
        place.until(lambda: simulator.events() > 0, "no event came", 0.005, 60)
        start = time.monotonic()
        place.until(lambda: simulator.events() >= entries, "the events did not all come")
        place.until(lambda: place.waiting() == 0, "the entries were not all settled", 0.01, 60)
        seconds = time.monotonic() - start
        used["worker"] = place.seconds_used(running[0].pid)
        used["simulator"] += place.seconds_used(simulator.pid)
        used["server"] += server.seconds()
    simulator.check(entries)
    if (outcomes := place.outcomes()) != {"d": entries}:
        raise SystemExit(f"error: {entries} entries, but the history has {outcomes}")
    return Stream(entries, entries / seconds, **{name: used[name] / entries * 1e6 for name in used})


@dataclass
class Rate:
    replicas: int
    seconds: int
    average: float
    # In any second, wherever it begins, from the first call on.
    most: int
    # Of one core, all replicas together.
    processor: float


def rate(simulator: place.Simulator, replicas: int, seconds: int) -> Rate:
    """Whole seconds of the simulator's count, after the warm-up."""
    companies = 2000
    rounds = (seconds + WARM_UP + 10) * RATE // (companies * METERS) + 1
    place.fresh_outbox(companies, METERS, simulator.reset(companies))
    simulator.make_meters()
    place.add_entries(companies, METERS, rounds)
    place.settle_down()
    with place.workers(replicas, simulator, STRIPE_METER_RATE=str(RATE)) as running:
        place.until(lambda: simulator.events() > 0, "no event came", 0.02, 60)
        time.sleep(WARM_UP)
        start, began = time.monotonic(), time.time()
        before = sum(place.seconds_used(worker.pid) for worker in running)
        time.sleep(seconds + 2)
        used = sum(place.seconds_used(worker.pid) for worker in running) - before
        elapsed = time.monotonic() - start
        counted = simulator.ask("traffic")["meter_events"]
    by_second = [count for second, count in counted["by_second"] if second > began][:seconds]
    if len(by_second) < seconds:
        raise SystemExit(f"error: events in {len(by_second)} seconds only: {counted}")
    return Rate(replicas, seconds, sum(by_second) / seconds, counted["maximum_in_a_second"], used / elapsed)
