"""What the crash runs have in common: a database of their own, the program as processes to kill, ways to look, rounds."""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, NoReturn
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ["USAGE_BILLING_BINARY"]
# An answer that a server in the middle of a restart cannot give is asked for again.
PATIENCE = 120


class Ground:
    """Workers are `command`, so many of them; what they and others say is kept in `folder`."""

    def __init__(self, name: str, folder: Path, command: str, workers: int, environment: dict[str, str]) -> None:
        self.log, self.command = folder, command
        # What an earlier round left must not be taken for this one's.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        database = name.replace("-", "_")
        self.url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
        self.environment = {**os.environ, "DATABASE_URL": self.url, "LOG_FORMAT": "json", **environment}
        # Asked through the server's own database.
        self.psql(f"drop database if exists {database} with (force)", url=os.environ["DATABASE_URL"])
        self.psql(f"create database {database}", url=os.environ["DATABASE_URL"])
        self.product("migrate")
        self.workers: list[subprocess.Popen[bytes] | None] = [None] * workers
        self.unasked: list[str] = []

    # Programs

    def spawn(self, name: str, *command: str, **options: object) -> subprocess.Popen[bytes]:
        with open(self.log / f"{name}.out", "ab") as out, open(self.log / f"{name}.err", "ab") as err:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, **options}
            return subprocess.Popen(command, env=self.environment, **streams)  # type: ignore[call-overload]

    def product(self, *arguments: str) -> str:
        return run(BINARY, *arguments, environment=self.environment)

    def start_worker(self, number: int) -> None:
        self.workers[number] = self.spawn(f"worker-{number}", BINARY, self.command)

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

    # Looking

    def psql(self, statement: str, url: str = "") -> str:
        return run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, url or self.url)

    def await_that(self, what: str, seconds: float, condition: Callable[[], bool]) -> bool:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                print(f"not within {seconds:.0f} seconds: {what}", file=sys.stderr)
                return False
            time.sleep(0.1)
        return True


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


# Rounds


class Report:
    """The ledger of a round: what was found, and whether it is as it has to be. Its time runs from when it is begun."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.lines: list[tuple[str, object, bool]] = []

    def line(self, name: str, value: object, expected: object = None) -> None:
        self.lines.append((name, value, expected is None or value == expected))

    @property
    def is_fine(self) -> bool:
        return all(is_fine for _, _, is_fine in self.lines)

    def show(self, seed: int, blows: dict[str, int], unasked: list[str]) -> None:
        rest = {**blows, "seconds": round(time.monotonic() - self.began)}
        print()
        for name, value, is_fine in [("seed", seed, True), *self.lines, *((*each, True) for each in rest.items())]:
            print(f"{name:44}{value:>10}{'' if is_fine else '   WRONG'}")
        for text in unasked:
            print(f"  {text}")


def parse(parser: argparse.ArgumentParser, names: list[str],
          defaults: Callable[[argparse.Namespace], dict[str, int]]) -> argparse.Namespace:
    """Takes `--rounds`, `--seed` and the named numbers; those that are not given are as the others' `defaults` say."""
    for name in ["rounds", *names, "seed"]:
        parser.add_argument(f"--{name}", type=int)
    arguments = parser.parse_args()
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    anew = {"rounds": 1, "seed": random.SystemRandom().randrange(1, 1_000_000)}
    return argparse.Namespace(**{**anew, **defaults(arguments), **given})


def run_rounds(arguments: argparse.Namespace, round_of: Callable[[int, int, argparse.Namespace], bool]) -> NoReturn:
    """Each round with the next seed; `round_of` is given its number and seed, and tells whether it was exact."""
    exact: list[bool] = []
    for number in range(arguments.rounds):
        seed = arguments.seed + number
        print(f"==> round {number + 1} of {arguments.rounds}, seed {seed}", file=sys.stderr)
        exact.append(round_of(number, seed, arguments))
    print("\nexact" if all(exact) else f"\nNOT EXACT: {exact.count(False)} of {len(exact)} rounds")
    sys.exit(0 if all(exact) else 1)
