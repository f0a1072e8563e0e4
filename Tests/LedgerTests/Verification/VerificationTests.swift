import Billing
import Ledger
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("Verification", .enabled(if: TestDatabase.isAvailable))
struct VerificationTests {
  private static let extra = """
    {"name": "seats", "unit": "seat", "source": "message", "aggregation": "last"}, \
    {"name": "visitors", "unit": "person", "source": "message", "aggregation": "unique"}, \
    {"name": "logins", "unit": "login", "source": "message", "aggregation": "count"}
    """

  /// Some usage of every aggregation, with voids before and after their records, in three months.
  private func filled() throws -> RecordingFixture {
    let fixture = try RecordingFixture.make(extraMetrics: Self.extra)
    for company in ["a", "b"] {
      try fixture.record(
        [
          try fixture.usage("o1", company, "order", "5", at: "2024-12-31T23:00:00Z"),
          try fixture.usage("o2", company, "order", "7", at: "2025-01-01T01:00:00Z"),
          try fixture.usage("o3", company, "order", "1.5", at: "2025-01-15T01:00:00Z"),
          try fixture.usage("o4", company, "order", "2", at: "2025-01-15T02:00:00Z"),
          try fixture.usage("s1", company, "storage", "40", at: "2025-01-15T02:00:00Z"),
          try fixture.usage("s2", company, "storage", "30", at: "2025-01-15T03:00:00Z"),
          try fixture.usage("l1", company, "seats", "9", at: "2025-01-15T02:00:00Z"),
          try fixture.usage("l2", company, "seats", "3", at: "2025-01-15T03:00:00Z"),
          try fixture.usage("c1", company, "logins", "9", at: "2025-02-03T02:00:00Z"),
          try fixture.usage("c2", company, "call_seconds", "15", at: "2025-02-03T02:00:00Z"),
          try fixture.usage(
            "v1", company, "visitors", "1", at: "2025-01-15T02:00:00Z", subject: UsageReporterTests.pseudonym(1)),
          try fixture.usage(
            "v2", company, "visitors", "1", at: "2025-01-16T02:00:00Z", subject: UsageReporterTests.pseudonym(1)),
          try fixture.usage(
            "v3", company, "visitors", "1", at: "2025-01-16T02:00:00Z", subject: UsageReporterTests.pseudonym(2)),
        ])
      try fixture.record(
        [],
        voids: [
          try fixture.void("o4", company, at: "2025-01-15T02:00:00Z"),
          try fixture.void("s1", company, at: "2025-01-15T02:00:00Z"),
          try fixture.void("l2", company, at: "2025-01-15T03:00:00Z"),
          try fixture.void("v3", company, at: "2025-01-16T02:00:00Z"),
          try fixture.void("late", company, at: "2025-01-20T03:00:00Z"),
          try fixture.void("never", company, at: "2025-01-20T03:00:00Z"),
        ])
      try fixture.record([try fixture.usage("late", company, "order", "3", at: "2025-01-20T03:00:00Z")])
    }
    return fixture
  }

  private func found(_ fixture: RecordingFixture) throws -> [Difference] {
    try Verification(fixture.connection).run().differences
  }

  @Test("what the ledger wrote is clean, voids and marks included")
  func clean() throws {
    let fixture = try filled()
    let report = try Verification(fixture.connection).run()
    #expect(report.differences == [])
    #expect(report.isClean)
    #expect(report.companies == 2)
    #expect(report.records == 2 * (13 + 4 + 1 + 1 + 1))
    let one = try Verification(fixture.connection, company: CompanyID("a")).run()
    #expect(one.companies == 1)
    #expect(one.records == report.records / 2)
  }

  @Test(
    "a tampered total is found and repaired",
    arguments: [
      "UPDATE billing.usage_daily SET quantity = quantity + 1 WHERE company_id = 'b' AND metric = 'order' AND day = '2025-01-15'",
      "UPDATE billing.usage_periods SET quantity = 0 WHERE company_id = 'b' AND metric = 'storage'",
      "UPDATE billing.usage_periods SET events = events + 1 WHERE company_id = 'b' AND metric = 'logins'",
      "UPDATE billing.usage_periods SET last_usage_id = 'l2' WHERE company_id = 'b' AND metric = 'seats'",
      "UPDATE billing.usage_daily SET aggregation = 'm' WHERE company_id = 'b' AND metric = 'logins'",
      "DELETE FROM billing.usage_daily WHERE company_id = 'b' AND metric = 'seats'",
      "DELETE FROM billing.usage_periods WHERE company_id = 'b' AND metric = 'order' AND period_start = '2025-01-01'",
      "INSERT INTO billing.usage_daily (company_id, metric, day, aggregation, quantity, events) VALUES ('b', 'order', '2025-01-17', 's', 4, 1)",
      "UPDATE billing.usage_periods SET quantity = 7 WHERE company_id = 'b' AND metric = 'visitors'",
      "DELETE FROM billing.usage_daily WHERE company_id = 'b' AND metric = 'visitors' AND day = '2025-01-15'",
    ])
  func tampered(_ statement: String) throws {
    let fixture = try filled()
    try fixture.connection.execute(statement)
    let report = try Verification(fixture.connection).run()
    #expect(report.differences.count == 1)
    #expect(report.differences.first?.company?.text == "b")
    #expect(!report.isClean)
    let repaired = try Verification(fixture.connection).repair(by: "tests")
    #expect(repaired.differences.map(\.isRepaired) == [true])
    #expect(repaired.isClean)
    #expect(try found(fixture) == [])
    let audit = try fixture.connection.query("SELECT company_id, repaired_by FROM billing.total_repairs")
    #expect(audit.count == 1)
    #expect(try audit.one().decode(String.self, at: 0) == "b")
  }

  @Test("subjects' rows that differ are found and repaired with their total")
  func subjects() throws {
    let fixture = try filled()
    try fixture.connection.execute(
      """
      DELETE FROM billing.usage_subjects WHERE company_id = 'a' AND span = 'd' AND span_start = '2025-01-15';
      UPDATE billing.usage_subjects SET events = events + 1 WHERE company_id = 'a' AND span = 'p';
      """)
    #expect(try found(fixture).map(\.kind) == ["subjects", "subjects"])
    #expect(try Verification(fixture.connection).repair(by: "tests").isClean)
    #expect(try found(fixture) == [])
  }

  @Test(
    "what is no total is told and not touched",
    arguments: [
      ("DELETE FROM billing.ledger WHERE kind = 'r' AND company_id = 'a'", ["missing_reservation"]),
      (
        """
        INSERT INTO billing.ledger (company_id, usage_id, month, occurred_at, kind, metric, quantity, counted)
          VALUES ('a', 'ghost', '2025-01-01', '2025-01-01Z', 'r', '', 0, 0)
        """,
        ["reservation_without_record"]
      ),
      (
        "UPDATE billing.usage_records SET voided = false WHERE company_id = 'a' AND usage_id = 'late'",
        ["missing_total", "wrong_total", "void_without_voided"]
      ),
      (
        "DELETE FROM billing.usage_records WHERE company_id = 'a' AND usage_id = 'void:o4'",
        ["wrong_total", "wrong_total", "voided_without_void"]
      ),
      (
        "UPDATE billing.billing_periods SET period_end = '2024-12-30' WHERE company_id = 'a' AND period_start = '2024-12-01'",
        ["superfluous_total", "broken_periods", "records_outside_periods"]
      ),
    ])
  func records(_ statement: String, _ kinds: [String]) throws {
    let fixture = try filled()
    try fixture.connection.execute(statement)
    #expect(try found(fixture).map(\.kind) == kinds)
    #expect(try !Verification(fixture.connection).repair(by: "tests").isClean)
  }

  @Test("records deleted from and added to the ledger show as wrong totals")
  func deletedAndAdded() throws {
    let fixture = try filled()
    try fixture.connection.execute(
      """
      DELETE FROM billing.usage_records WHERE company_id = 'a' AND usage_id = 'o3';
      INSERT INTO billing.ledger (occurred_at, month, company_id, usage_id, metric, quantity, counted)
        VALUES ('2025-01-18Z', '2025-01-01', 'b', 'x', 'order', 1, 1);
      """)
    #expect(try found(fixture).map(\.kind) == ["superfluous_total", "wrong_total", "missing_total", "wrong_total"])
  }

  @Test("while a writer writes there is no false alarm, and repairs lose nothing")
  func concurrently() throws {
    let fixture = try filled()
    let (database, now) = (fixture.database, fixture.now)
    let isDone = Atomic<Bool>(false)
    let failure = Mutex<String?>(nil)
    try withThread {
      do {
        let writer = RecordingFixture(
          database: database, connection: try database.connect(), ledger: try Ledger(connection: database.connect()),
          now: now)
        for round in 0..<150 where !isDone.load(ordering: .relaxed) {
          let records = try (0..<20).map { number in
            try writer.usage(
              "w\(round)-\(number)", ["a", "b", "w"][number % 3], ["order", "visitors", "seats"][round % 3], "2",
              at: "2025-01-\(10 + number % 9)T03:00:00Z", subject: UsageReporterTests.pseudonym(UInt8(number)))
          }
          try writer.record(
            records, voids: round % 5 == 4 ? [try writer.void("w\(round)-3", "a", at: "2025-01-13T03:00:00Z")] : [])
        }
      } catch { failure.withLock { $0 = "\(error)" } }
      isDone.store(true, ordering: .releasing)
    } during: {
      while !isDone.load(ordering: .acquiring) {
        #expect(try found(fixture) == [])
        try fixture.connection.execute(
          """
          UPDATE billing.usage_daily SET quantity = quantity + 3 WHERE company_id = 'a' AND day = '2025-01-13'
          """)
        #expect(try Verification(fixture.connection).repair(by: "tests").isClean)
      }
    }
    #expect(failure.withLock { $0 } == nil)
    #expect(try found(fixture) == [])
  }

  @Test("progress goes up to the number of companies")
  func progress() throws {
    let fixture = try filled()
    var last = (0, 0)
    _ = try Verification(fixture.connection).run { last = ($0, $1) }
    #expect(last == (2, 2))
  }
}
