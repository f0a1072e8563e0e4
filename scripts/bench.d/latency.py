"""The measurement of `scripts/bench latency`, which prepares everything and starts this."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

TOOLS = Path(os.environ["TOOLS"])
BINARY = os.environ["USAGE_BILLING_BINARY"]
BROKER = urlsplit(os.environ["AMQP_URL"])
HOST, PORT = BROKER.hostname or "127.0.0.1", str(BROKER.port or 5672)
QUEUE, EXCHANGE = "usage.recorded", "billing.events"
THRESHOLD = 1_000_000  # what latency.c publishes


def call(*command: str) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def prepare(companies: int) -> None:
    call(BINARY, "migrate")
    for number in range(companies):
        call(BINARY, "companies", "set", f"latency-{number}", "--rate", f"order:threshold={THRESHOLD},levels=1")
    call(BINARY, "usage-worker", "--drain", "0")


def measure(arguments: argparse.Namespace) -> list[float]:
    """Milliseconds, ascending."""
    worker = subprocess.Popen([BINARY, "usage-worker"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while call(str(TOOLS / "queue"), HOST, PORT, "consumers", QUEUE).strip() == "0":
            if worker.poll() is not None or time.monotonic() > deadline:
                sys.exit("error: the worker does not consume")
            time.sleep(0.1)
        lines = call(str(TOOLS / "latency"), HOST, PORT, EXCHANGE, str(arguments.rate), str(arguments.crossings),
                     str(arguments.warm_up))
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=60)
    return sorted(int(line) / 1000 for line in lines.split())


def percentile(sorted_values: list[float], percent: int) -> float:
    """The smallest value that so many percent of all do not exceed."""
    return sorted_values[max(0, -(-len(sorted_values) * percent // 100) - 1)]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench latency")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    for name in ("rate", "crossings", "warm-up"):
        parser.add_argument(f"--{name}", type=int)
    arguments = parser.parse_args()
    for name, usual, quick in (("rate", 1_000, 1_000), ("crossings", 400, 20), ("warm_up", 5, 1)):
        if getattr(arguments, name) is None:
            setattr(arguments, name, quick if arguments.quick else usual)
    if arguments.rate < 10 or arguments.crossings < 1 or arguments.warm_up < 0:
        parser.error("the rate must be at least 10, crossings at least 1")
    return arguments


def main() -> None:
    arguments = parse()
    prepare(arguments.crossings)
    times = measure(arguments)
    figures = {f"p{percent}Ms": round(percentile(times, percent), 2) for percent in (50, 90, 99)}
    figures["maxMs"] = round(times[-1], 2)
    if arguments.json:
        json.dump({"bench": "latency", "messagesPerSecond": arguments.rate, "crossings": len(times),
                   "results": [{"name": "threshold", **figures}]}, sys.stdout)
        print()
        return
    print(f"{len(times)} thresholds crossed at {arguments.rate} messages a second; milliseconds to the subscriber\n")
    print(f"{'p50':>10}{'p90':>10}{'p99':>10}{'max':>10}")
    print("".join(f"{value:>10.1f}" for value in figures.values()))


main()
