import Billing
import Ledger
import Operations
import PostgreSQL
import Retention
import Synchronization
import TestSupport
import Testing

@Suite(
  "An archived month is closed for good, and nobody is told a wrong figure", .enabled(if: TestDatabase.isAvailable))
struct ArchivedMonthTests {
  private func isArchivedMonth(_ body: () throws -> Void) -> Bool {
    do { try body() } catch LedgerError.archivedMonth { return true } catch { Issue.record("\(error)") }
    return false
  }

  /// Three ways in: by a ledger that has never met the month, by one that remembers it, and after it was put back.
  @Test(
    "nothing of it is recorded or taken back, whoever remembers it, and although it was put back",
    arguments: [(false, false), (true, false), (false, true), (true, true)])
  func closed(_ remembers: Bool, _ isRestored: Bool) throws {
    let old = try OldLedger()
    let ledger = try old.replica()
    let again = try OldLedger.usage(
      ledger, "2025-01-big", "first", "order", "999999999999999", at: "2025-01-10T01:00:00Z")
    if remembers {
      #expect(try ledger.write(records: [again], now: OldLedger.now).records == [.duplicate(isConflict: false)])
    }
    let file = try #require(try old.archive(before: "2025-02").first)
    if isRestored { try old.restore(file) }
    let (digest, totals) = (try old.digest(), try old.totals())
    let new = try OldLedger.usage(ledger, "new", "first", "order", "1", at: "2025-01-10T01:00:00Z")
    let earlier = try OldLedger.usage(ledger, "new", "first", "order", "1", at: "2024-12-10T01:00:00Z")
    let fine = try OldLedger.usage(ledger, "fine", "first", "order", "1", at: "2025-04-10T01:00:00Z")
    // Put back, a repeat is recognised by who remembers the month; it counts nothing either.
    for record in isRestored && remembers ? [new, earlier] : [again, new, earlier] {
      #expect(isArchivedMonth { _ = try ledger.write(records: [fine, record], now: OldLedger.now) })
    }
    for id in ["2025-01-s1", "never"] {
      let void = try OldLedger.void(id, "first", at: "2025-01-12T02:00:00Z")
      #expect(isArchivedMonth { _ = try ledger.write(records: [fine], voids: [void], now: OldLedger.now) })
    }
    #expect(try old.digest() == digest)
    #expect(try old.totals() == totals)
    #expect(try ledger.write(records: [fine], now: OldLedger.now).records == [.counted])
    #expect(try old.isClean())
  }

  @Test("across the boundary its ids are known still: repeats count nothing, voids are told")
  func boundary() throws {
    let old = try OldLedger()
    let ledger = try old.replica()
    let edge = try OldLedger.usage(ledger, "edge", "first", "order", "1", at: "2025-01-31T23:00:00Z")
    _ = try ledger.write(records: [edge], now: OldLedger.now)
    try old.close()
    try old.archive(before: "2025-02")
    let totals = try old.totals()
    let repeated = try OldLedger.usage(ledger, "edge", "first", "order", "1", at: "2025-02-01T01:00:00Z")
    #expect(try ledger.write(records: [repeated], now: OldLedger.now).records == [.duplicate(isConflict: true)])
    let void = try OldLedger.void("edge", "first", at: "2025-02-01T01:00:00Z")
    #expect(isArchivedMonth { _ = try ledger.write(records: [], voids: [void], now: OldLedger.now) })
    #expect(try old.totals() == totals)
    #expect(try old.isClean())
  }

  @Test("a void in a period that begins in it finds the period's other days in their totals")
  func voidInPeriod() throws {
    let old = try OldLedger()
    let ledger = try old.replica()
    // The period from 15 January: the greatest sample is January's then, and the last level, too.
    let high = try OldLedger.usage(ledger, "high", "middle", "storage", "500", at: "2025-02-05T00:00:00Z")
    let last = try OldLedger.usage(ledger, "last", "middle", "seats", "1", at: "2025-02-14T00:00:00Z")
    _ = try ledger.write(records: [high, last], now: OldLedger.now)
    try old.close()
    try old.archive(before: "2025-02")
    let voids = try [
      OldLedger.void("high", "middle", at: "2025-02-05T00:00:00Z"),
      OldLedger.void("last", "middle", at: "2025-02-14T00:00:00Z"),
      OldLedger.void("2025-02-l1", "middle", at: "2025-02-12T02:00:00Z"),
      OldLedger.void("2025-02-s1", "middle", at: "2025-02-12T02:00:00Z"),
    ]
    let outcomes = try ledger.write(records: [], voids: voids, now: OldLedger.now).voids
    #expect(outcomes == Array(repeating: .voided, count: 4))
    let totals = try old.texts(
      """
      SELECT concat_ws(' ', metric, trim_scale(quantity), events, last_usage_id) FROM billing.usage_periods
      WHERE company_id = 'middle' AND period_start = '2025-01-15' AND metric IN ('storage', 'seats') ORDER BY 1
      """)
    #expect(totals == ["seats 3 1 2025-01-l2", "storage 30 1"])
    try old.restore(try #require(try LedgerMonth.all(on: old.eye).first?.file))
    #expect(try old.isClean())
  }

  @Test("verify names what it cannot compare, finds nothing wrong, and repairs nothing of it")
  func verify() throws {
    let old = try OldLedger()
    try old.archive(before: "2025-02")
    let report = try Verification(old.eye).run()
    #expect(report.differences.isEmpty)
    #expect(ArchivedMonths.list(report.archived.months) == "2025-01")
    #expect(
      report.archived.named.map { "\($0.company) \($0.bounds.start)" } == [
        "first 2025-01-01", "middle 2024-12-15", "middle 2025-01-15",
      ])
    #expect(report.archived.count == 3)
    // Beside it, differences are found as ever; the period that reaches into it is let be.
    try old.eye.execute(
      """
      UPDATE billing.usage_daily SET quantity = 77 WHERE metric = 'storage' AND day = '2025-02-12';
      UPDATE billing.usage_periods SET quantity = 77 WHERE metric = 'storage' AND period_start < '2025-02-01'
      """)
    let early = "SELECT p::text FROM billing.usage_periods p WHERE period_start < '2025-02-01' ORDER BY 1" as SQL
    let totals = try old.texts(early)
    let repaired = try Verification(old.eye).repair(by: "tests")
    #expect(repaired.differences.map(\.kind) == ["wrong_total", "wrong_total"])
    #expect(repaired.isClean)
    #expect(try old.texts(early) == totals)
  }

  @Test("a user's or subscription's part over it is no figure but an error; totals are as ever")
  func reports() throws {
    let old = try OldLedger()
    let company = try #require(CompanyID("middle"))
    let today = OldLedger.now.date
    func report(_ day: String, _ part: UsageQuestion.Part) throws -> UsageReport {
      let span = UsageQuestion.Span.period(containing: try #require(CivilDate(day)))
      return try UsageReporter(old.eye).report(UsageQuestion(company: company, span: span, part: part), today: today)
    }
    let whole = try report("2025-01-20", .all).total
    let parts: [UsageQuestion.Part] = [.user(OldLedger.person(9)), .subscription(OldLedger.person(7))]
    let before = try parts.map { try report("2025-01-20", $0).lines.map(\.events) }
    let file = try #require(try old.archive(before: "2025-02").first)
    #expect(try report("2025-01-20", .all).total == whole)
    for part in parts {
      for day in ["2025-01-20", "2025-02-10", "2025-01-03"] {
        do {
          _ = try report(day, part)
          Issue.record("a figure without the archived records")
        } catch UsageReportError.archived(let months) {
          #expect(ArchivedMonths.list(months) == "2025-01")
        }
      }
      #expect(try !report("2025-02-20", part).lines.isEmpty)
    }
    try old.restore(file)
    #expect(try parts.map { try report("2025-01-20", $0).lines.map(\.events) } == before)
  }

  @Test("erasing a person names the archives, and takes the person out of what is put back")
  func erasure() throws {
    let old = try OldLedger()
    let totals = try old.number("SELECT sum(quantity)::bigint FROM billing.usage_periods WHERE metric = 'visitors'")
    let file = try #require(try old.archive(before: "2025-02").first)
    let company = try #require(CompanyID("middle"))
    let person = OldLedger.person(2)
    let report = try SubjectErasure(old.eye).erase(person, of: company, by: "tests")
    #expect(ArchivedMonths.list(report.archivedMonths) == "2025-01")
    #expect(report.records == 2)
    try old.restore(file)
    let again = try SubjectErasure(old.eye).erase(person, of: company, by: "tests")
    #expect(again.archivedMonths.isEmpty && again.records == 1)
    #expect(
      try old.number(
        """
        SELECT count(*) FROM billing.usage_records
        WHERE company_id = 'middle' AND subject_pseudonym = \(person.newest)
        """) == 0)
    #expect(try old.isClean())
    #expect(
      try old.number("SELECT sum(quantity)::bigint FROM billing.usage_periods WHERE metric = 'visitors'") == totals)
    // Without the person it is another file.
    let changed = try #require(try old.archive(before: "2025-02").first)
    #expect(changed.checksum != file.checksum && changed.rows == file.rows)
    #expect(throws: RetentionError.self) { try old.restore(file) }
    try old.restore(changed)
  }

  @Test("recorders go on while months leave, and lose nothing")
  func besideRecorders() throws {
    let old = try OldLedger()
    let database = old.database
    let isDone = Atomic<Bool>(false)
    let failure = Mutex<String?>(nil)
    let written = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    try withThread {
      do {
        let ledger = try Ledger(connection: .forLedger(database.configuration))
        var round = 0
        while !isDone.load(ordering: .acquiring) {
          let records = try (0..<20).map { number in
            try OldLedger.usage(
              ledger, "w\(round)-\(number)", ["first", "middle", "new"][number % 3], ["order", "seats"][round % 2], "2",
              at: "2026-0\(1 + number % 5)-\(10 + number % 9)T03:00:00Z")
          }
          let voids = round % 3 == 2 ? [try OldLedger.void("w\(round)-3", "first", at: "2026-04-13T03:00:00Z")] : []
          _ = try ledger.write(records: records, voids: voids, now: OldLedger.now)
          written.add(20, ordering: .relaxed)
          // Too old, by a replica with another MAX_USAGE_AGE; while its month is there, it is a repeat.
          let late = try OldLedger.usage(
            ledger, "2025-01-s1", "first", "storage", "40", at: "2025-01-12T02:00:00Z")
          do throws(LedgerError) {
            _ = try ledger.write(records: [late], now: OldLedger.now)
          } catch {
            guard case .archivedMonth = error else { throw error }
            refused.add(1, ordering: .relaxed)
          }
          round += 1
        }
      } catch { failure.withLock { $0 = "\(error)" } }
    } during: {
      defer { isDone.store(true, ordering: .releasing) }
      for _ in 0..<4 {
        let seen = written.load(ordering: .relaxed)
        try eventually("records are written") {
          written.load(ordering: .relaxed) > seen + 100 || failure.withLock { $0 } != nil
        }
        for file in try old.archive(before: "2025-04") { try old.restore(file) }
      }
      try old.archive(before: "2025-04")
    }
    #expect(failure.withLock { $0 } == nil)
    #expect(refused.load(ordering: .relaxed) > 0)
    #expect(
      try old.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'u' AND usage_id LIKE 'w%'")
        == written.load(ordering: .relaxed))
    #expect(try old.isClean())
  }

  @Test("migrate makes no partition of what is closed")
  func migrate() throws {
    let old = try OldLedger()
    try old.archive(before: "2025-04")
    let catalog = try FileBytes.read("\(TestDatabase.schemasFolder)/catalog.default.json", limit: 1 << 20)
    let schemas = try SchemaMigrations(Migration.load(folder: "\(TestDatabase.schemasFolder)/migrations"))
    // As of a day whose fourteen months reach back into them.
    _ = try schemas.apply(
      on: old.eye, defaultCatalog: catalog, by: "tests", now: try #require(Instant("2025-06-10T00:00:00Z")))
    #expect(try old.states() == ["2025-01 archived", "2025-02 archived", "2025-03 archived"])
  }
}
