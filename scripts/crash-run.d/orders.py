"""What a round of order events publishes, and what must come of it.

Made without any of the product's code, so that it can judge it: what is billed is worked out here from all events of an
order or patient at once, whatever the order of arrival.
"""

import hashlib
import hmac
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import place as places
from ground import Report

COMPANIES = 40
GRACE = timedelta(minutes=30)  # PERIOD_GRACE's default
STAGES = ["sent_to_radiology", "scheduled", "completed", "results_available", "results_acknowledged", "cancelled"]
MODALITIES = {"X-RAY": "standard", "US": "standard", "MRI": "advanced", "CT Chest": "advanced", "Hologram": None}
CODES = {"71046": "standard", "73030": "standard", "74177": "advanced", "77049": "advanced", "99999": None}
# Both known to every worker, in an order that changes with each worker that is started.
KEYS = {1: "11" * 32, 2: "22" * 32}


@dataclass
class Load:
    lines: list[bytes] = field(default_factory=list)
    # (company, order): metric and timestamp
    orders: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    # Orders that are never billed.
    unbilled: set[tuple[str, str]] = field(default_factory=set)
    # (company, patient): the month of the first activation, and those at whose start the patient is active
    patients: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    # (company, charge): minor units
    charges: dict[tuple[str, str], int] = field(default_factory=dict)
    duplicates: int = 0
    # body: the reason code that its dead letter must have
    bad: dict[bytes, str] = field(default_factory=dict)

    def is_counted(self, place: places.Place) -> bool:
        return (place.count("billing.orders") >= len(self.orders) + len(self.unbilled)
                and place.count("billing.patients") >= len(self.patients)
                and place.count("billing.charges") >= len(self.charges))


def keyring(number: int) -> str:
    """For the worker that is started as the n-th."""
    order = [1, 2] if number % 2 == 0 else [2, 1]
    return ",".join(f"{key}:{KEYS[key]}" for key in order)


def pseudonyms(company: str, name: str) -> list[str]:
    """As the database keeps them: the key's number, then the hash."""
    text = company.encode() + b"\0" + name.encode()
    return [f"{key:02x}" + hmac.new(bytes.fromhex(secret), text, hashlib.sha256).hexdigest()
            for key, secret in KEYS.items()]


def message(number: int, kind: str, company: str, when: datetime, subject: str) -> bytes:
    return (f'{{"eventId":"e-{number}","type":"{kind}","companyId":"{company}","occurredAt":"{when:%Y-%m-%dT%H:%M:%SZ}",'
            f"{subject}}}").encode()


def make(messages: int, seed: int) -> Load:
    source = random.Random(seed)
    load = Load()
    now = datetime.now(timezone.utc).replace(microsecond=0)
    bad, duplicates = messages // 100, messages // 10
    lines: list[bytes] = []
    subject = 0
    while len(lines) < messages - bad - duplicates:
        company, subject = f"crash-{source.randrange(COMPANIES):02}", subject + 1
        kind = source.random()
        if kind < 0.75:
            lines += order(load, source, company, f"order-{subject}", now, len(lines))
        elif kind < 0.95:
            lines += patient(load, source, company, f"patient-{subject}", now, len(lines))
        else:
            minor = source.randrange(100, 100_000)
            load.charges[company, f"charge-{subject}"] = minor
            lines.append(message(
                len(lines), "charge.created", company, now - timedelta(days=source.randrange(60)),
                f'"charge":{{"chargeId":"charge-{subject}","kind":"setup_fee","amount":"{minor // 100}.{minor % 100:02}",'
                '"currency":"usd"}'))
    repeated = [source.choice(lines) for _ in range(duplicates)]
    load.duplicates = duplicates
    for number in range(bad):
        line, reason = bad_message(number, now)
        load.bad[line] = reason
    # Anything before anything: events of one order are far apart, in any order.
    load.lines = lines + repeated + list(load.bad)
    source.shuffle(load.lines)
    return load


def order(load: Load, source: random.Random, company: str, name: str, now: datetime, first: int) -> list[bytes]:
    events = []
    for index in range(source.randrange(1, 8)):
        # Distinct seconds, so that which event is earlier never hangs on their ids.
        when = now - timedelta(seconds=source.randrange(60 * 8_640) * 10 + index)
        events.append((when, source.choice(STAGES), source.choice([None, None, *MODALITIES]),
                       source.choice([None, None, None, *CODES])))
    events.sort()
    sent = [when for when, stage, _, _ in events if stage != "cancelled"]
    if sent:
        known = [CODES[code] for _, _, _, code in events if code and CODES[code]]
        known += [MODALITIES[modality] for _, _, modality, _ in events if modality and MODALITIES[modality]]
        load.orders[company, name] = (f"radiology_{(known or ['standard'])[0]}", f"{sent[0]:%Y-%m-%dT%H:%M:%SZ}")
    else:
        load.unbilled.add((company, name))
    lines = []
    for index, (when, stage, modality, code) in enumerate(events):
        words = f'"orderId":"{name}"' + (f',"modality":"{modality}"' if modality else "")
        words += f',"cptCode":"{code}"' if code else ""
        lines.append(message(first + index, f"order.{stage}", company, when, f'"order":{{{words}}}'))
    return lines


def patient(load: Load, source: random.Random, company: str, name: str, now: datetime, first: int) -> list[bytes]:
    events = [(now - timedelta(seconds=source.randrange(60 * 8_640) * 10 + index),
               "activated" if index == 0 else source.choice(["activated", "deactivated"]))
              for index in range(source.randrange(1, 5))]
    first_month = f"{min(when for when, change in events if change == 'activated'):%Y-%m}"
    load.patients[company, name] = {first_month} | active_months(sorted(events), now)
    return [message(first + index, f"patient.{change}", company, when, f'"patient":{{"patientId":"{name}"}}')
            for index, (when, change) in enumerate(events)]


def active_months(events: list[tuple[datetime, str]], now: datetime) -> set[str]:
    months: set[str] = set()
    start = events[0][0].replace(day=1, hour=0, minute=0, second=0)
    while start <= now - GRACE:
        before = [change for when, change in events if when <= start]
        if before and before[-1] == "activated":
            months.add(f"{start:%Y-%m}")
        start = (start + timedelta(days=32)).replace(day=1)
    return months


def bad_message(number: int, now: datetime) -> tuple[bytes, str]:
    good = message(-number, "order.completed", "crash-00", now, f'"order":{{"orderId":"bad-{number}"}}')
    kinds = [
        (good[:-3], "malformed_json"),
        (good.replace(b"order.completed", b"order.lost"), "unknown_type"),
        (good.replace(b"crash-00", b"crash 00"), "invalid_format"),
        (good.replace(b'"order":', b'"patient":'), "missing_field"),
        (message(-number, "order.completed", "crash-00", now - timedelta(days=500),
                 f'"order":{{"orderId":"bad-{number}"}}'), "too_old"),
    ]
    return kinds[number % len(kinds)]


def judge(place: places.Place, load: Load, report: Report) -> None:
    # Patients are renewed, and once more.
    for _ in range(2):
        place.product("billing-run")
    surrogates: dict[str, set[str]] = {}
    for company, pseudonym, surrogate in place.rows("select company_id, encode(pseudonym, 'hex'), surrogate"
                                                    " from billing.subjects"):
        surrogates.setdefault(f"{company} {pseudonym}", set()).add(surrogate)
    standing: dict[str, list[tuple[str, str]]] = {}
    for usage_id, metric, when in place.rows(
            "select usage_id, metric, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
            " from billing.usage_records where kind = 'u' and not voided"):
        standing.setdefault(usage_id.split(":")[1], []).append((metric, when))

    def records(company: str, name: str) -> list[tuple[str, str]]:
        known = set().union(*(surrogates.get(f"{company} {each}", set()) for each in pseudonyms(company, name)))
        return [record for surrogate in known for record in standing.get(surrogate, [])]

    found = {key: records(*key) for key in (*load.orders, *load.unbilled, *load.patients)}
    charges = Counter(minor for _, minor in place.rows("select company_id, minor_units from billing.charges"))
    dead = place.dead()
    bodies = {body for _, body in dead}

    line = report.line
    line("published", len(load.lines))
    line("  duplicates", load.duplicates)
    line("  bad", len(load.bad))
    line("orders that are billed", len(load.orders))
    line("  billed once", sum(len(found[key]) == 1 for key in load.orders), len(load.orders))
    line("  lost", sum(len(found[key]) == 0 for key in load.orders), 0)
    line("  billed twice", sum(len(found[key]) > 1 for key in load.orders), 0)
    line("  of another class or time", sum(found[key] != [load.orders[key]] for key in load.orders), 0)
    line("orders that are not", len(load.unbilled))
    line("  billed", sum(len(found[key]) > 0 for key in load.unbilled), 0)
    line("patients", len(load.patients))
    months = {key: Counter(when[:7] for _, when in found[key]) for key in load.patients}
    line("  charged for exactly their periods, once each",
         sum(months[key] == Counter(load.patients[key]) for key in load.patients), len(load.patients))
    line("  periods charged", sum(len(each) for each in months.values()),
         sum(len(each) for each in load.patients.values()))
    line("records of nobody", sum(len(each) for each in standing.values()) - sum(len(each) for each in found.values()), 0)
    line("  taken back on the way", place.count("billing.usage_records where kind = 'v'"))
    line("charges", len(load.charges))
    line("  made, each once", sum(charges.values()), len(load.charges))
    line("  of another amount", sum((charges - Counter(str(minor) for minor in load.charges.values())).values()), 0)
    line("dead letters seen, each once", len(bodies), len(load.bad))
    line("  with another reason", sum(load.bad.get(body, reason) != reason for reason, body in dead), 0)
    line("  repeated", len(dead) - len(bodies))
    line("totals unlike the ledger", place.wrong_totals(), 0)
    line("usage-billing verify finds it right", "yes" if place.verified() else "no", "yes")
    line("left in the queue", place.ready(place.queue), 0)
    line("workers that ended unasked", len(place.unasked), 0)
