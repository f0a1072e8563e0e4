"""What the crash runs have in common: a database of their own, the program as processes to kill, and ways to look."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable
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
