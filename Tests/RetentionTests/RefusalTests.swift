import Billing
import Ledger
import PostgreSQL
import Retention
import TestSupport
import Testing

@Suite("Months that may not leave stay", .enabled(if: TestDatabase.isAvailable))
struct RefusalTests {
  private static let first = CivilDate(year: 2025, month: 1, day: 1)

  private func expectUntouched(_ old: OldLedger, _ digest: String) throws {
    #expect(try old.digest() == digest)
    #expect(try old.states() == ["2025-01 live", "2025-02 live", "2025-03 live"])
    #expect(old.files.isEmpty)
    #expect(try old.number("SELECT count(*) FROM billing.archived_months") == 0)
    #expect(try old.number("SELECT count(*) FROM billing.audit_log WHERE action = 'month_archived'") == 0)
  }

  @Test("younger than MAX_USAGE_AGE by a day: refused; as old: not")
  func young() throws {
    let old = try OldLedger()
    let digest = try old.digest()
    // January has ended 494.5 days ago.
    let before = try #require(CivilDate("2025-02-01"))
    let found = try refusals {
      try old.archiver(age: 495).run(Archiver.Selection(before: before), now: OldLedger.now) { _ in }
    }
    #expect(found == [.young(until: try #require(CivilDate("2026-06-11")))])
    try expectUntouched(old, digest)
    try old.archiver(age: 494).run(Archiver.Selection(before: before), now: OldLedger.now) { _ in }
    #expect(try old.states().first == "2025-01 archived")
  }

  @Test(
    "unbilled, awaited or differing: refused, and it is named what",
    arguments: [
      (
        "UPDATE billing.billing_periods SET closed_at = NULL WHERE company_id = 'middle' AND period_start = '2025-01-15'",
        "middle, call_seconds: not billed, the billing period from 2025-01-15 is not closed"
      ),
      (
        """
        UPDATE billing.metric_charges SET charged_quantity = charged_quantity - 1
        WHERE company_id = 'middle' AND metric = 'storage' AND period_start = '2025-01-15'
        """,
        "middle, storage: not billed in full, the total of the period from 2025-01-15 differs from what was charged"
      ),
      (
        "DELETE FROM billing.metric_charges WHERE company_id = 'first' AND period_start = '2025-01-01'",
        "first, order: not billed in full, the total of the period from 2025-01-01 differs from what was charged"
      ),
      (
        "UPDATE billing.usage_daily SET quantity = quantity + 1 WHERE company_id = 'first' AND metric = 'storage' AND day = '2025-01-12'",
        "first, storage: wrong_total, day 2025-01-12"
      ),
      (
        "UPDATE billing.usage_periods SET events = 7 WHERE company_id = 'middle' AND metric = 'order' AND period_start = '2025-01-15'",
        "middle, order: wrong_total, period 2025-01-15"
      ),
      (
        "DELETE FROM billing.usage_records WHERE company_id = 'first' AND usage_id = 'void:2025-01-back'",
        "first, -: voided_without_void"
      ),
      (
        "UPDATE billing.usage_subjects SET events = 9 WHERE company_id = 'first' AND span_start = '2025-01-11'",
        "first, visitors: subjects, day 2025-01-11"
      ),
    ])
  func refused(_ change: String, _ reason: String) throws {
    let old = try OldLedger()
    try old.eye.execute(change)
    let digest = try old.digest()
    let found = try refusals { try old.archive(before: "2025-03") }
    #expect(found.contains { $0.description.hasPrefix(reason) }, "\(found)")
    try expectUntouched(old, digest)
  }

  @Test("what is wrong in another month is no matter of this one")
  func othersTrouble() throws {
    let old = try OldLedger()
    try old.eye.execute("UPDATE billing.usage_daily SET quantity = 1 WHERE day = '2025-03-20' AND metric = 'storage'")
    try old.eye.execute("UPDATE billing.billing_periods SET closed_at = NULL WHERE period_start >= '2025-03-15'")
    try old.archive(before: "2025-02")
    #expect(try old.states().first == "2025-01 archived")
    // March stays, and nothing after it goes in its place.
    try old.archive(before: "2025-03")
    #expect(try !refusals { try old.archive(before: "2025-05") }.isEmpty)
    #expect(try old.states() == ["2025-01 archived", "2025-02 archived", "2025-03 live"])
  }

  @Test("an unregistered company's usage is billed to nobody")
  func unregistered() throws {
    let old = try OldLedger()
    let ledger = try old.replica()
    _ = try ledger.write(
      records: [OldLedger.usage(ledger, "x", "stranger", "order", "1", at: "2025-01-05T00:00:00Z")],
      now: OldLedger.now)
    let digest = try old.digest()
    let start = try #require(Self.first)
    let stranger = try #require(CompanyID("stranger"))
    let order = try #require(MetricName("order"))
    #expect(
      try refusals { try old.archive(before: "2025-02") } == [.openPeriod(stranger, order, periodStart: start)])
    try expectUntouched(old, digest)
  }

  @Test("a void whose record is awaited keeps its month")
  func awaited() throws {
    let old = try OldLedger()
    let ledger = try old.replica()
    _ = try ledger.write(
      records: [], voids: [OldLedger.void("never", "first", at: "2025-01-05T00:00:00Z")], now: OldLedger.now)
    let digest = try old.digest()
    let company = try #require(CompanyID("first"))
    #expect(try refusals { try old.archive(before: "2025-02") } == [.awaitedRecords(company, count: 1)])
    try expectUntouched(old, digest)
    #expect(try old.isClean())
  }

  @Test("records that got in between the checks and the leaving are found in the table that has left")
  func between() throws {
    let old = try OldLedger()
    // What the checks before cannot see: a row without any total.
    try old.eye.execute(
      """
      CREATE FUNCTION billing.slip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO billing.ledger (occurred_at, month, company_id, usage_id, metric, quantity, counted)
        VALUES ('2025-01-14Z', '2025-01-01', 'first', 'slipped', 'order', 1, 1);
        RETURN NEW;
      END $$;
      CREATE TRIGGER slip BEFORE INSERT ON billing.archived_months FOR EACH ROW EXECUTE FUNCTION billing.slip()
      """)
    let found = try refusals { try old.archive(before: "2025-02") }
    #expect(found == [.miscounted(records: 27, totals: 26)])
    #expect(try old.states().first == "2025-01 live")
    #expect(try old.number("SELECT count(*) FROM billing.usage_records WHERE usage_id = 'slipped'") == 1)
    #expect(old.files.isEmpty)
  }
}
