"""What a round owes to Stripe, made without any of the product's code, so that it can judge it.

Everything follows from the seed and the present day.
"""

import json
import random
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

METERS = ["order", "invoice", "storage", "api_call", "ai_job"]
BIG = "co-0000"  # a twentieth of all entries are this company's
KINDS = ["setup_fee", "adjustment", "credit"]


@dataclass(frozen=True)
class Entry:
    id: str
    company: str
    key: str
    kind: str
    effect: str
    # What has to be seen at Stripe: value and timestamp of an event, amount of an item.
    seen: tuple[str, ...]

    def row(self) -> str:
        return "\t".join([self.id, self.company, self.key, self.kind, self.effect])


@dataclass
class Load:
    companies: list[str] = field(default_factory=list)
    # Those that are customers already; the others are made customers by the workers.
    customers: list[str] = field(default_factory=list)
    # In the order of writing.
    entries: list[Entry] = field(default_factory=list)


def make(entries: int, customers: int, seed: int) -> Load:
    source = random.Random(seed)
    load = Load([f"co-{number:04}" for number in range(customers)])
    load.customers = [company for number, company in enumerate(load.companies) if number % 5 != 4]
    now = datetime.now(timezone.utc)
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if now - start < timedelta(days=2):
        start = (start - timedelta(days=1)).replace(day=1)
    end = (start + timedelta(days=40)).replace(day=1)
    period = {"periodStart": f"{start:%Y-%m-%d}", "periodEnd": f"{end:%Y-%m-%d}"}
    minutes: dict[tuple[str, str], int] = defaultdict(int)
    for number in range(entries):
        company = BIG if source.random() < 0.05 else source.choice(load.companies)
        identifier = str(uuid.UUID(int=source.getrandbits(128), version=4))
        if source.random() < 0.8:
            metric = source.choice(METERS)
            value = str(source.choice([1, 1, 1, -1]) * source.randrange(1, 100_000))
            when = start + timedelta(minutes=minutes[company, metric])
            minutes[company, metric] += 1
            effect = {"metric": metric, "value": value, "timestamp": f"{when:%Y-%m-%dT%H:%M:%SZ}", **period}
            seen = (metric, value, str(int(when.timestamp())))
            load.entries.append(
                Entry(identifier, company, f"meter:{metric}", "meter_event", json.dumps(effect), seen))
        else:
            amount = source.choice([1, -1]) * source.randrange(1, 1_000_000)
            effect = {"amount": amount, "currency": "usd", "line": "charge", "chargeKind": source.choice(KINDS),
                      "charge": number + 1}
            load.entries.append(
                Entry(identifier, company, "items", "invoice_item", json.dumps(effect), (str(amount),)))
    return load
