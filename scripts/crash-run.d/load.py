"""What a round publishes, and what must come of it.

Made without any of the product's code, so that it can judge it. Everything follows from the seed and the present day.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import place as places

COMPANIES = 60
REGISTERED = 40
BIG = "crash-00"  # half of all messages are this company's
METRICS = ["order", "order", "order", "invoice", "api_call", "ai_job", "storage"]
# Records near a month's end, whose duplicates have a timestamp on its other side. Which of the two is counted is open, so
# they are of a metric without a threshold.
BOUNDARY_METRIC = "call_seconds"
# The default plan's thresholds; orders have one of each company's own.
PLAN_THRESHOLDS = {"invoice": 5_000, "api_call": 1_000_000, "ai_job": 1_000, "storage": 100}
PLAN_LEVELS = [("0.8", 8), ("1", 10)]
ORDER_LEVELS = [("0.5", 5), ("0.8", 8), ("1", 10)]  # as written, and in tenths


@dataclass
class Load:
    lines: list[bytes] = field(default_factory=list)
    # (company, usage id): (metric, quantity)
    good: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    duplicates: int = 0
    across_months: int = 0
    # body: the reason code that its dead letter must have
    bad: dict[bytes, str] = field(default_factory=dict)
    # registered company: threshold for orders
    thresholds: dict[str, int] = field(default_factory=dict)
    # (company, metric, first day of the period, threshold, level)
    alerts: set[tuple[str, str, str, str, str]] = field(default_factory=set)

    def is_counted(self, place: places.Place) -> bool:
        return place.count("billing.usage_records where kind = 'u'") >= len(self.good)


def message(company: str, usage_id: str, metric: str, quantity: int, when: datetime) -> bytes:
    return (f'{{"usageId":"{usage_id}","companyId":"{company}","metric":"{metric}","quantity":{quantity},'
            f'"timestamp":"{when:%Y-%m-%dT%H:%M:%SZ}"}}').encode()


def bad_message(number: int, now: datetime) -> tuple[bytes, str]:
    good = message("crash-00", f"bad-{number}", "order", 1, now)
    kinds = [
        (good[:-3], "malformed_json"),
        (good.replace(b'"quantity":1', b'"quantity":-1'), "out_of_range"),
        (good.replace(b'"quantity":1', b'"quantity":NaN'), "malformed_json"),
        (good.replace(b'"quantity":1', b'"quantity":01'), "malformed_json"),
        (good.replace(b'"quantity":1', b'"quantity":true'), "wrong_type"),
        (good.replace(b'"quantity":1', b'"quantity":0.1234567891'), "too_many_decimals"),
        (good.replace(b'"order"', b'"no_such_metric"'), "unknown_metric"),
        (good.replace(b'"bad-', b'"order:bad-'), "reserved_id"),
        (good.replace(b"crash-00", b"crash 00"), "invalid_format"),
        (good.replace(b'"bad-', b'"\xff\xfebad-'), "not_utf8"),
        (message("crash-00", f"bad-{number}", "order", 1, now - timedelta(days=500)), "too_old"),
        (message("crash-00", f"bad-{number}", "order", 1, now + timedelta(hours=3)), "too_early"),
        (good.replace(b'"quantity":1,', b""), "missing_field"),
        (good.replace(b'"quantity":1', b'"quantity":1,"quantity":1'), "duplicate_field"),
    ]
    return kinds[number % len(kinds)]


def make(messages: int, seed: int) -> Load:
    source = random.Random(seed)
    load = Load()
    now = datetime.now(timezone.utc).replace(microsecond=0)
    month = now.replace(day=1, hour=0, minute=0, second=0)
    # The latest month's end of which both sides are past.
    boundary = month if now - month > timedelta(days=2) else (month - timedelta(days=1)).replace(day=1)
    bad, duplicates = messages // 100, messages // 10
    placed: list[tuple[float, bytes]] = []
    totals: dict[tuple[str, str, str], int] = defaultdict(int)
    originals: list[tuple[float, bytes, bytes]] = []

    for number in range(messages - bad - duplicates):
        company = BIG if source.random() < 0.5 else f"crash-{source.randrange(1, COMPANIES):02}"
        usage_id, place = f"u-{number}", source.random()
        other_side = b""
        if source.random() < 0.03:
            metric, quantity = BOUNDARY_METRIC, source.randrange(30, 600)
            offset = timedelta(seconds=source.randrange(1, 170_000))
            sides = [message(company, usage_id, metric, quantity, when) for when in (boundary - offset, boundary + offset)]
            source.shuffle(sides)
            line, other_side = sides
        else:
            metric = source.choice(METRICS)
            quantity = source.randrange(1, 46) if metric == "storage" else source.randrange(1, 4)
            when = now - timedelta(seconds=source.randrange(10 * 86_400))
            line = message(company, usage_id, metric, quantity, when)
            key = (company, metric, f"{when:%Y-%m-01}")
            totals[key] = max(totals[key], quantity) if metric == "storage" else totals[key] + quantity
        load.good[company, usage_id] = (metric, quantity)
        originals.append((place, line, other_side))
        placed.append((place, line))

    for _ in range(duplicates):
        place, line, other_side = source.choice(originals)
        crosses = other_side != b"" and source.random() < 0.7
        load.across_months += crosses
        placed.append((source.uniform(place, 1), other_side if crosses else line))
    load.duplicates = duplicates

    for number in range(bad):
        line, reason = bad_message(number, now)
        load.bad[line] = reason
        placed.append((source.random(), line))

    load.lines = [line for _, line in sorted(placed)]
    expect_alerts(load, totals, source)
    return load


def expect_alerts(load: Load, totals: dict[tuple[str, str, str], int], source: random.Random) -> None:
    """Gives each registered company a threshold that its orders pass, or not, and says which levels are reached."""
    for number in range(REGISTERED):
        company = f"crash-{number:02}"
        orders = max((total for (who, metric, _), total in totals.items() if (who, metric) == (company, "order")),
                     default=1)
        load.thresholds[company] = max(1, int(orders * source.choice([0.3, 0.7, 1.1, 1.5, 3])))
    for (company, metric, start), total in totals.items():
        if company not in load.thresholds or metric not in PLAN_THRESHOLDS and metric != "order":
            continue
        threshold = load.thresholds[company] if metric == "order" else PLAN_THRESHOLDS[metric]
        for level, tenths in ORDER_LEVELS if metric == "order" else PLAN_LEVELS:
            if total * 10 >= threshold * tenths:
                load.alerts.add((company, metric, start, str(threshold), level))
