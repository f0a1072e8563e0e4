"""Where a round happens: a database of its own, outbox workers, a simulated Stripe."""

import json
import subprocess
import sys

import load as loads
from ground import ROOT, Ground
from stripe import KEY, Stripe

# Sequences that wait for longer than so many seconds are woken: what took hours takes minutes.
LONG = 3


class Place(Ground):
    def __init__(self, name: str, workers: int, stream: bool) -> None:
        super().__init__(name, ROOT / ".dev" / "outbox" / "run" / name, "outbox-worker", workers, {
            "STRIPE_SECRET_KEY": KEY, "STRIPE_TIMEOUT_SECONDS": "2", "OUTBOX_LEASE_SECONDS": "8",
            "STRIPE_REQUIRE_SUBSCRIPTION": "false", "STRIPE_CREATE_CUSTOMERS": "true", "STRIPE_ENDPOINT_RATE": "250",
            "STRIPE_RATE": "500", "STRIPE_METER_STREAM": "true" if stream else "false"})
        self.stripe = Stripe(self)
        self.environment.update(STRIPE_API_BASE=self.stripe.base, STRIPE_METER_EVENTS_BASE=self.stripe.base)
        self.skipped = 0

    def close(self) -> None:
        super().close()
        self.stripe.close()

    def prepare(self, load: loads.Load) -> dict[str, str]:
        """Meters, companies, and most of the customers: their names at Stripe by company."""
        for metric in loads.METERS:
            self.stripe.post("/v1/billing/meters", **{
                "display_name": metric, "event_name": metric, "default_aggregation[formula]": "sum"})
        known = {company: str(self.stripe.post("/v1/customers")["id"]) for company in load.customers}
        rows = "".join(f"{company}\t{known.get(company, chr(92) + 'N')}\n" for company in load.companies)
        self.copy("company_id text, stripe_customer text", rows, """
            insert into billing.companies
              (company_id, registered_at, plan_id, currency, stripe_mode, stripe_customer, version)
            select company_id, now(), 'standard', 'usd', 'live', stripe_customer, 1 from rows;""")
        return known

    def owe(self, entries: list[loads.Entry]) -> None:
        """Writes entries as the product does: the sequences first, and so locked, then what they hold."""
        columns = "entry_id uuid, company_id text, ordering_key text, kind text, effect text, place serial"
        self.copy(columns, "".join(entry.row() + "\n" for entry in entries), """
            insert into billing.outbox_keys as k (company_id, ordering_key)
            select distinct company_id collate "C", ordering_key collate "C" from rows order by 1, 2
            on conflict (company_id, ordering_key) do update set state = 'w' where k.state = 'i';
            insert into billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect)
            select entry_id, company_id, ordering_key, kind, effect from rows order by place;""")

    def copy(self, columns: str, rows: str, statements: str) -> None:
        names = ", ".join(column.split()[0] for column in columns.split(", ") if not column.endswith("serial"))
        script = (f"begin;\ncreate temporary table rows ({columns}) on commit drop;\n"
                  f"copy rows ({names}) from stdin;\n{rows}\\.\n{statements}\ncommit;\n")
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.url], input=script.encode(),
                              capture_output=True)
        if done.returncode != 0:
            sys.exit(f"error: rows cannot be written:\n{done.stderr.decode()}")

    def skip_waits(self) -> None:
        self.skipped += int(self.psql(f"""
            with woken as (
              update billing.outbox_keys set due_at = now()
              where state = 'd' and due_at > now() + interval '{LONG} seconds' returning 1)
            select count(*) from woken"""))

    # What came of it

    def keep_requests(self, entries: set[str]) -> None:
        """Writes down what the simulator has received of some entries, to see how they went wrong."""
        for entry in sorted(entries):
            requests = [each for each in self.stripe.requests() if entry in json.dumps(each)]
            (self.log / f"{entry}.json").write_text(json.dumps(requests, indent=1))

    def left(self) -> dict[str, int]:
        """Entries that are not settled, by their state."""
        rows = self.psql("select state, count(*) from billing.outbox_entries group by state")
        return {state: int(count) for state, count in (row.split("|") for row in rows.splitlines())}

    def busy_keys(self) -> int:
        return int(self.psql("select count(*) from billing.outbox_keys where state <> 'i'"))

    def history(self) -> list[list[str]]:
        """Number, id, company, sequence, kind, outcome, Stripe's name and attempts, in the order of writing."""
        rows = self.psql("""
            select entry_no, entry_id, company_id, ordering_key, kind, outcome, reference, attempts
            from billing.outbox_history order by entry_no""")
        return [row.split("|") for row in rows.splitlines()]

    def customers(self) -> dict[str, str]:
        rows = self.psql("select company_id, stripe_customer from billing.companies where stripe_customer is not null")
        return dict(row.split("|") for row in rows.splitlines())  # type: ignore[misc]
