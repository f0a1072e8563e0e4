"""The measurement of `scripts/bench close`, which prepares everything and starts this."""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

HERE = Path(__file__).parent
BINARY, SERVER_URL = os.environ["USAGE_BILLING_BINARY"], os.environ["DATABASE_URL"]
DATABASE = "usage_billing_close_bench"
URL = urllib.parse.urlsplit(SERVER_URL)._replace(path=f"/{DATABASE}").geturl()
AIMS = {"first": 30, "again": 2}  # seconds, for 10,000 companies
# What a run that has nothing to do must leave as it is.
STATE = """
select md5(string_agg(row::text, ',' order by row::text)) from (
  select i::text as row from billing.invoices i union all select l::text from billing.invoice_lines l
  union all select m::text from billing.metric_charges m union all select n::text from billing.invoice_numbers n
  union all select p::text from billing.billing_periods p union all select e::text from billing.outbox_entries e) as rows
"""


def call(*command: str, text: str = "") -> str:
    environment = {**os.environ, "DATABASE_URL": URL, "LOG_LEVEL": "warning"}
    done = subprocess.run(command, env=environment, input=text, capture_output=True, text=True, timeout=1800)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def psql(*arguments: str, url: str = URL, text: str = "") -> str:
    return call("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *arguments, url, text=text).strip()


def run() -> tuple[float, dict]:
    start = time.monotonic()
    done = json.loads(call(BINARY, "billing-run", "--json"))
    return round(time.monotonic() - start, 2), done


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench close")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--mode", choices=("off", "shadow"), default="off")
    parser.add_argument("--companies", type=int)
    parser.add_argument("--months", type=int)
    arguments = parser.parse_args()
    arguments.companies = arguments.companies or (300 if arguments.quick else 10_000)
    arguments.months = arguments.months if arguments.months is not None else 12
    if arguments.companies < 1 or arguments.months < 0:
        parser.error("there must be a company at least")
    return arguments


def measure(arguments: argparse.Namespace) -> dict:
    psql("-c", f"drop database if exists {DATABASE} with (force)", url=SERVER_URL)
    psql("-c", f"create database {DATABASE}", url=SERVER_URL)
    call(BINARY, "migrate")
    psql("-v", f"companies={arguments.companies}", "-v", f"months={arguments.months}", "-v", f"mode={arguments.mode}",
         "-f", str(HERE / "close.sql"))
    first, done = run()
    if done["periods"] != arguments.companies or done["lines"] != 6 * arguments.companies or done["problems"]:
        sys.exit(f"error: not every period was closed: {done}")
    before = psql(text=STATE)
    again, idle = run()
    if idle["periods"] or idle["lines"] or psql(text=STATE) != before:
        sys.exit(f"error: the second run changed something: {idle}")
    psql("-c", f"drop database {DATABASE} with (force)", url=SERVER_URL)
    return {"bench": "close", "companies": arguments.companies, "closedMonths": arguments.months,
            "stripeMode": arguments.mode,
            "results": [{"name": "first", "seconds": first, "lines": done["lines"]},
                        {"name": "again", "seconds": again, "lines": 0}]}


def main() -> None:
    arguments = parse()
    figures = measure(arguments)
    if arguments.json:
        json.dump(figures, sys.stdout)
        print()
        return
    print(f"{arguments.companies} companies, a base fee and 5 metrics each, {arguments.months} closed months before, "
          f"mode {arguments.mode}")
    print(f"{'run':<8}{'seconds':>10}{'aim':>10}{'lines':>10}")
    for result in figures["results"]:
        print(f"{result['name']:<8}{result['seconds']:>10.2f}{'< ' + str(AIMS[result['name']]):>10}{result['lines']:>10}")


main()
