"""The measurement of `scripts/bench reports`, which prepares everything and starts this."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
BINARY, IN_PROCESS = os.environ["USAGE_BILLING_BINARY"], os.environ["REPORTS_BENCH_BINARY"]
SERVER_URL = os.environ["DATABASE_URL"]
DATABASE = "usage_billing_reports_bench"
MONTHS = 13
SECONDS = 20 * 86_400  # of each month
COMPANY = "comp-000"  # a tenth of all records
DAY = "2026-11-20"  # the last with records
MOST = 20.0  # milliseconds, of the p99
PROMISED = {"usage", "usage --from --to", "analytics"}
QUESTIONS = {
    "usage": ["usage", COMPANY, "--period", DAY],
    "usage --from --to": ["usage", COMPANY, "--from", "2026-11-01", "--to", "2026-11-21"],
    "usage --unbilled": ["usage", COMPANY, "--unbilled"],
    "analytics": ["analytics", COMPANY, "--as-of", DAY],
    "revenue": ["revenue", COMPANY],
}
STEP_LIMIT = 1800  # seconds, for any one program


def database_url() -> str:
    return urlsplit(SERVER_URL)._replace(path=f"/{DATABASE}").geturl()


ENVIRONMENT = {**os.environ, "DATABASE_URL": database_url(), "LOG_LEVEL": "warning"}


def call(*command: str) -> str:
    """Runs a program to its end and gives its output; a failure ends the bench with what the program said."""
    done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=STEP_LIMIT)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def sql(statement: str, url: str | None = None) -> str:
    return call("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement, url or database_url()).strip()


def drop_database() -> None:
    sql(f"drop database if exists {DATABASE} with (force)", SERVER_URL)


def prepare(records: int) -> None:
    """A ledger whose totals agree with its records."""
    drop_database()
    sql(f"create database {DATABASE}", SERVER_URL)
    call(BINARY, "migrate")
    settings = [part for name, value in (("rows", records), ("months", MONTHS), ("seconds", SECONDS))
                for part in ("-v", f"{name}={value}")]
    for file in ("preload.sql", "reports.sql"):
        call("psql", "-qX", "-v", "ON_ERROR_STOP=1", *settings, "-f", str(HERE / file), database_url())
    sql("vacuum analyze")
    sql("checkpoint")
    call(BINARY, "verify", COMPANY)


def scans_of_records() -> int:
    """How often any partition of the ledger was looked at, by whatever plan."""
    deadline = time.monotonic() + 30
    while sql("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
              "and backend_type = 'client backend'") != "0":
        # What a session has done is told when it ends.
        if time.monotonic() > deadline:
            sys.exit("error: a session stays")
        time.sleep(0.05)
    return int(sql("select coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::bigint from pg_stat_all_tables "
                   "where schemaname = 'billing' and relname ~ '^ledger_'"))


def by_command(times: int) -> dict[str, list[float]]:
    """Milliseconds from start to exit. The questions take turns, so that none has the quiet moments."""
    measured: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    for _ in range(times + 1):
        for name, words in QUESTIONS.items():
            started = time.perf_counter()
            call(BINARY, *words, "--json")
            measured[name].append((time.perf_counter() - started) * 1000)
    # The first of each reads the program and the pages from disk.
    return {name: values[1:] for name, values in measured.items()}


def in_process(times: int) -> dict[str, list[float]]:
    lines = call(IN_PROCESS, COMPANY, DAY, str(times + 1)).splitlines()
    answers = [json.loads(line) for line in lines]
    return {answer["name"]: [value / 1000 for value in answer["microseconds"][1:]] for answer in answers}


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many percent of all do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def figures(values: list[float]) -> dict[str, float]:
    return {"medianMs": round(percentile(values, 50), 2), "p99Ms": round(percentile(values, 99), 2)}


def report(arguments: argparse.Namespace, results: list[dict], scans: int) -> None:
    if arguments.json:
        json.dump({"bench": "reports", "records": arguments.records, "times": arguments.times, "mostMs": MOST,
                   "scansOfRecords": scans, "results": results}, sys.stdout)
        print()
        return
    print(f"{arguments.records} records, {arguments.times} answers each; milliseconds\n")
    print(f"{'':20}{'command: median':>17}{'p99':>8}{'in process: median':>21}{'p99':>8}  p99 of the command")
    for result in results:
        command, process = result["command"], result["inProcess"]
        line = (f"{result['name']:20}{command['medianMs']:>17.1f}{command['p99Ms']:>8.1f}"
                f"{process['medianMs']:>21.1f}{process['p99Ms']:>8.1f}")
        if result["promised"] and not arguments.quick:
            line += f"  under {MOST:.0f} ms: " + ("as it has to be" if command["p99Ms"] < MOST else "TOO SLOW")
        print(line)
    verdict = "as it has to be" if scans == 0 else "RECORDS WERE READ"
    print(f"\nlooks at the ledger's records: {scans}: {verdict}")
    if arguments.quick:
        print("\nA quick run only shows that everything works; its figures mean nothing.")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench reports")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--records", type=int)
    parser.add_argument("--times", type=int)
    arguments = parser.parse_args()
    for name, usual, quick in (("records", 5_000_000, 50_000), ("times", 200, 20)):
        if getattr(arguments, name) is None:
            setattr(arguments, name, quick if arguments.quick else usual)
    if arguments.records < 10_000 or arguments.times < 1:
        parser.error("records must be at least 10000, times at least 1")
    return arguments


def main() -> None:
    arguments = parse()
    prepare(arguments.records)
    before = scans_of_records()
    commands, answers = by_command(arguments.times), in_process(arguments.times)
    scans = scans_of_records() - before
    drop_database()
    report(arguments, [{"name": name, "promised": name in PROMISED, "command": figures(commands[name]),
                        "inProcess": figures(answers[name])} for name in QUESTIONS], scans)


main()
