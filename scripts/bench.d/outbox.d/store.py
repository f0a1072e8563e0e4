"""The store without Stripe: how long claims take beside much that waits, and what churn does to the tables."""

import json
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass, field

import place

KEYS = 200  # sequences of a claim


@dataclass
class Claims:
    name: str
    # Milliseconds.
    claiming: list[float] = field(default_factory=list)
    settling: list[float] = field(default_factory=list)

    @property
    def claim(self) -> float:
        return statistics.median(self.claiming)

    @property
    def settle(self) -> float:
        return statistics.median(self.settling)

    @property
    def slow(self) -> float:
        """Nine of ten claims are faster."""
        return statistics.quantiles(self.claiming, n=10)[-1]

    @property
    def figures(self) -> dict[str, str | float]:
        return {"name": self.name, "claim": self.claim, "slow": self.slow, "settle": self.settle}

    def measure(self, count: int, database: str = place.DATABASE) -> "Claims":
        """So many claims more, given back unsent: what waits stays the same."""
        output = json.loads(place.call(place.STORE, "claims", str(count), str(KEYS), database=database))
        self.claiming += [time / 1000 for time in output["claimMicroseconds"]]
        self.settling += [time / 1000 for time in output["settleMicroseconds"]]
        return self


def flatness(sizes: list[int], stuck: int, count: int, rounds: int) -> list[Claims]:
    """A sequence for each waiting entry: nothing is harder on the index that claims scan. Sizes take turns."""
    worlds: list[tuple[Claims, str]] = []

    def world(name: str) -> str:
        worlds.append((Claims(name), f"{place.DATABASE}_{len(worlds)}"))
        place.make_database(worlds[-1][1])
        return worlds[-1][1]

    for size in sizes:
        database = world(f"{size} entries wait")
        place.fresh_outbox(size // 5, 5, database=database)
        place.add_entries(size // 5, 5, 1, database=database)
    least = min(sizes)
    database = world(f"{least} behind {stuck} of one sequence")
    place.fresh_outbox(1 + least // 5, 5, database=database)
    place.add_entries(1, 1, stuck, database=database)
    place.add_entries(least // 5, 5, 1, first=2, database=database)
    for _, database in worlds:
        place.settle_down(database)
    for _ in range(rounds):
        for claims, database in worlds:
            claims.measure(count, database)
    for _, database in worlds:
        place.drop_database(database)
    return [claims for claims, _ in worlds]


# --- Churn ------------------------------------------------------------------------------------------------------------

TABLES = ("outbox_keys", "outbox_entries")


@dataclass
class Size:
    settled: int
    # Bytes of each table, and of all its indexes.
    heaps: dict[str, int]
    indexes: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.heaps.values()) + sum(self.indexes.values())


@dataclass
class Churn:
    seconds: float
    settled: int
    sizes: list[Size]
    history: int
    before: Claims
    after: Claims


def size(settled: int) -> Size:
    rows = place.sql("select relname, pg_table_size(oid), pg_indexes_size(oid) from pg_class "
                     f"where relnamespace = 'billing'::regnamespace and relname in {TABLES}").splitlines()
    parts = [row.split("|") for row in rows]
    return Size(settled, {name: int(heap) for name, heap, _ in parts}, {name: int(index) for name, _, index in parts})


def churn(seconds: int, looks: int, count: int) -> Churn:
    """Writes rounds of entries while they are claimed and settled: no more of them wait than two or three rounds."""
    companies, meters = 2000, 5
    sequences = companies * meters
    place.fresh_outbox(companies, meters)
    place.add_entries(companies, meters, 4)
    place.settle_down()
    before = Claims("before churn").measure(count)
    sizes = [size(0)]
    progress = {"settled": 0}
    store = place.spawn(place.STORE, "drain", str(KEYS), "20", str(seconds), output=subprocess.PIPE)

    def read() -> None:
        assert store.stdout
        for line in store.stdout:
            progress["settled"] = json.loads(line)["settled"]

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    start, written, minute, next_look = time.monotonic(), 4 * sequences, 4, seconds / looks
    while store.poll() is None:
        if written - progress["settled"] < 4 * sequences:
            place.add_entries(companies, meters, 2, minute)
            written, minute = written + 2 * sequences, minute + 2
        else:
            time.sleep(0.02)
        if time.monotonic() - start >= next_look:
            next_look += seconds / looks
            sizes.append(size(progress["settled"]))
    reader.join()
    if store.wait() != 0:
        raise SystemExit("error: the store's program failed")
    took = time.monotonic() - start
    sizes.append(size(progress["settled"]))
    history = int(place.sql("select sum(pg_total_relation_size(inhrelid)) from pg_inherits "
                            "where inhparent = 'billing.outbox_history'::regclass"))
    # As much waits as before, to compare claims.
    place.call(place.STORE, "drain", str(KEYS), "20")
    if sum(place.outcomes().values()) != written:
        raise SystemExit(f"error: {written} written, but settled: {place.outcomes()}")
    place.add_entries(companies, meters, 4, minute)
    after = Claims("after churn").measure(count)
    return Churn(took, progress["settled"], sizes, history, before, after)
