"""Counts what came of a round, at the simulator and in the database, and compares it with what was owed."""

from collections import Counter, defaultdict

import load as loads
import place as places
from ground import Report


def judge(place: places.Place, load: loads.Load, known: dict[str, str], report: Report) -> None:
    line = report.line
    owed = {entry.id: entry for entry in load.entries}
    newcomers = set(load.companies) - set(load.customers)
    customers = place.customers()
    # By entry: what was seen of it at Stripe, each time.
    seen: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    arrivals: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in place.stripe.meter_events():
        identifier, customer = str(event["identifier"]), str(event["customer"])
        seen[identifier].append((customer, (str(event["event_name"]), str(event["value"]), str(event["timestamp"]))))
        if identifier not in arrivals[customer, str(event["event_name"])]:
            arrivals[customer, str(event["event_name"])].append(identifier)
    for item in place.stripe.objects("invoiceitems"):
        seen[item["metadata"]["entry_id"]].append((str(item["customer"]), (str(item["amount"]),)))  # type: ignore[index]
    made: dict[str, list[str]] = defaultdict(list)
    for customer in place.stripe.objects("customers"):
        if "company_id" in customer["metadata"]:  # type: ignore[operator]
            made[customer["metadata"]["company_id"]].append(str(customer["id"]))  # type: ignore[index]

    line("entries", len(owed))
    for kind, count in sorted(Counter(entry.kind for entry in load.entries).items()):
        line(f"  {kind}", count)
    line("customers", len(load.companies))
    line("  to be made by the workers", len({entry.company for entry in load.entries} & newcomers))
    line("effects at the simulator", sum(len(each) for each in seen.values()), len(owed))
    line("lost", len(owed.keys() - seen.keys()), 0)
    line("doubled", sum(len(each) - 1 for each in seen.values()), 0)
    line("never owed", len(seen.keys() - owed.keys()), 0)
    line("with another customer, value or amount", sum(
        each[0] != (customers.get(owed[id].company), owed[id].seen) for id, each in seen.items() if id in owed), 0)
    line("customers made", sum(len(each) for each in made.values()))
    line("  lost", len({entry.company for entry in load.entries} & newcomers - made.keys()), 0)
    line("  doubled", sum(len(each) - 1 for each in made.values()), 0)
    line("  not the company's own", sum(customers.get(company) not in each for company, each in made.items()), 0)
    line("  given to who had one", sum(customers[company] != name for company, name in known.items()), 0)

    wrong = {id for id in owed.keys() - seen.keys()} | {id for id, each in seen.items() if len(each) > 1}
    place.keep_requests(wrong)
    left = place.left()
    line("stuck: queued", left.get("q", 0), 0)
    line("stuck: dead, unknown, expired", sum(left.values()) - left.get("q", 0), 0)
    line("sequences that are not idle", place.busy_keys(), 0)
    history = place.history()
    settled = Counter(row[1] for row in history if row[4] != "customer")
    line("settled, each once", sum(settled.values()), len(owed))
    line("  not owed, or missing", len(settled.keys() ^ owed.keys()), 0)
    line("  delivered before, as an answer or look-up showed", sum(row[5] == "b" for row in history))
    line("  sent more than once", sum(int(row[7]) > 1 for row in history))

    numbers = {row[1]: int(row[0]) for row in history}
    line("sequences of events out of order", sum(
        places_ != sorted(places_)
        for places_ in ([numbers.get(id, 0) for id in each] for each in arrivals.values())), 0)
    line("two calls for a customer and meter in flight", place.stripe.control("violations")["count"], 0)
    line("workers that ended unasked", len(place.unasked), 0)
    line("long waits that were cut short", place.skipped)
    for name, count in place.stripe.control("faults").get("counts", {}).items():  # type: ignore[union-attr]
        line(f"fault: {name}", count)
