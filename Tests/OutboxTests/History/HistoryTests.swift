import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("The history", .enabled(if: TestDatabase.isAvailable))
struct HistoryTests {
  @Test("this month's and the next one's partitions are there when something is settled; old ones are dropped whole")
  func partitions() throws {
    let world = try World("comp-1")
    // As if nobody had migrated for months.
    let partitions = try world.texts(
      "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'billing.outbox_history'::regclass")
    for table in partitions {
      try world.eye.execute("DROP TABLE \(table)")
    }
    try world.write("comp-1", .event())
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .delivered(reference: nil))
    let months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'billing.outbox_history'::regclass" as SQL
    #expect(try world.number(months) == 2)
    let today = try world.eye.query("SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date").one()
      .decode(CivilDate.self, at: 0)
    var month = today
    var made: [CivilDate] = []
    for _ in 0..<16 {
      month = month.adding(days: -1).firstOfMonth
      _ = try world.eye.query("SELECT billing.ensure_outbox_month(\(month))")
      made.insert(month, at: 0)
    }
    let history = OutboxHistory(world.eye)
    #expect(try history.drop(olderThan: 13) == Array(made.prefix(3)))
    #expect(try history.drop(olderThan: 13).isEmpty)
    #expect(try world.number(months) == 15)
    #expect(try world.number("SELECT count(*) FROM billing.outbox_history") == 1)
  }

  @Test("dropping gives up when somebody keeps the history to himself, and succeeds afterwards")
  func busy() throws {
    let world = try World()
    let old = try #require(CivilDate("2020-01-01"))
    _ = try world.eye.query("SELECT billing.ensure_outbox_month(\(old))")
    let reader = try world.session()
    try reader.begin()
    _ = try reader.query("SELECT 1 FROM billing.outbox_history LIMIT 1")
    let history = OutboxHistory(world.eye)
    let error = try #require(throws: OutboxError.self) { try history.drop(olderThan: 13) }
    guard case .database(let cause) = error else { throw error }
    #expect(cause.isRetryable)
    try reader.commit()
    #expect(try history.drop(olderThan: 13) == [old])
  }

  @Test("an entry is found by its id among many without reading them all")
  func byIdentifier() throws {
    let world = try World("comp-1")
    let id = try world.write("comp-1", .event())[0]
    var claims = try world.claims()
    try claims.settle(try claims.claim(keys: 1), .delivered(reference: nil))
    // Entries of other times, whose ids differ in front.
    try world.eye.execute(
      """
      INSERT INTO billing.outbox_history (created_at, entry_no, entry_id, attempts, key_generation, outcome, company_id,
        ordering_key, kind, effect)
      SELECT now(), n, ('02' || substr(md5(n::text), 3))::uuid, 1, 0, 'd', 'comp-1', 'items', 'customer', '{}'
      FROM generate_series(1, 50000) n;
      SELECT brin_summarize_new_values(indexrelid) FROM pg_stat_user_indexes
      WHERE indexrelname LIKE 'outbox_history%entry_id%'
      """)
    #expect(try OutboxReader(world.eye).show(id).id == id)
    let plan = try world.texts(
      """
      EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF) SELECT 1 FROM billing.outbox_history e WHERE e.entry_id = \(id) LIMIT 1
      """)
    #expect(plan.contains { $0.contains("Bitmap Index Scan") })
    #expect(!plan.contains { $0.contains("Rows Removed by Index Recheck: 50000") })
  }
}
