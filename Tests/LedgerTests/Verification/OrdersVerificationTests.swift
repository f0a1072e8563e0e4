import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("Verification of orders and patients", .enabled(if: TestDatabase.isAvailable))
struct OrdersVerificationTests {
  /// An order that was recorded twice, one recorded once, and a patient of January and February.
  private func filled() throws -> World {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([
      Event.order(1, .completed, at: "2025-02-12T00:00:00Z"), Event.order(2, .completed, at: "2025-02-13T00:00:00Z"),
      Event.patient(1, .activated, at: "2025-01-10T00:00:00Z"),
    ])
    try ledger.write([Event.order(1, .scheduled, at: "2025-02-12T00:00:00Z", id: 2, code: .advanced)])
    try world.renew("2025-02-14T00:00:00Z")
    return world
  }

  private func kinds(_ world: World) throws -> [String] {
    try Verification(world.eye).run().differences.map(\.kind)
  }

  @Test(
    "a row and a record that do not fit are told, and left as they are",
    arguments: [
      ("UPDATE billing.orders SET recorded_at = recorded_at + interval '1 day' WHERE records = 1", "missing stray"),
      ("UPDATE billing.orders SET recorded_class = 'a' WHERE records = 1", "missing"),
      ("UPDATE billing.orders SET records = 1 WHERE records = 2", "missing stray"),
      ("UPDATE billing.orders SET records = 3 WHERE records = 2", "missing stray"),
      ("DELETE FROM billing.orders WHERE records = 1", "stray"),
      (
        "UPDATE billing.orders SET records = 0, recorded_at = NULL, recorded_class = NULL WHERE records = 2", "stray"
      ),
      ("UPDATE billing.orders SET surrogate = gen_random_uuid() WHERE records = 1", "missing stray"),
      ("UPDATE billing.patient_charges SET stands = false WHERE period_start = '2025-02-01'", "stray"),
      ("DELETE FROM billing.patient_charges WHERE period_start = '2025-01-01'", "stray"),
      ("UPDATE billing.patient_charges SET records = 2 WHERE period_start = '2025-01-01'", "missing stray"),
      (
        "UPDATE billing.patient_charges SET charged_at = charged_at + interval '1 s' WHERE period_start = '2025-01-01'",
        "missing stray"
      ),
      (
        """
        INSERT INTO billing.patient_charges
        SELECT company_id, surrogate, '2024-12-01', 1, true, '2025-01-10Z' FROM billing.patient_charges LIMIT 1
        """, "missing"
      ),
    ])
  func planted(_ statement: String, _ found: String) throws {
    let world = try filled()
    #expect(try kinds(world) == [])
    try world.eye.execute(statement)
    #expect(try kinds(world) == found.split(separator: " ").map { "\($0)_record" })
    #expect(try !Verification(world.eye).repair(by: "tests").isClean)
    #expect(try kinds(world).count == found.split(separator: " ").count)
  }

  @Test("a record that is gone, and one too many, show beside the totals that they make wrong")
  func records() throws {
    let world = try filled()
    try world.eye.execute(
      """
      DELETE FROM billing.usage_records WHERE usage_id LIKE 'order:%' AND metric = 'radiology_standard' AND NOT voided
        AND kind = 'u';
      INSERT INTO billing.ledger (occurred_at, month, company_id, usage_id, metric, quantity, counted)
        SELECT occurred_at, month, company_id, usage_id || ':2', metric, quantity, counted FROM billing.usage_records
        WHERE usage_id LIKE 'activation:%:2025-01-01'
      """)
    let report = try Verification(world.eye).run()
    #expect(
      report.differences.filter { $0.kind.hasSuffix("_record") }.map(\.kind) == ["missing_record", "stray_record"])
    #expect(report.differences.count == 6)
  }

  @Test("what a person has taken back is no difference, nor are orders of a month that was archived")
  func noDifference() throws {
    let world = try filled()
    let ledger = try world.replica()
    for id in try world.texts(
      "SELECT usage_id FROM billing.usage_records WHERE kind = 'u' AND NOT voided AND month = '2025-02-01'")
    {
      let time = try world.texts(
        """
        SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM billing.usage_records
        WHERE usage_id = \(id)
        """)
      try ledger.write([], voids: [Sample.void(id, at: try #require(time.first))])
    }
    #expect(try world.standing() == ["patient_activation 2025-01-10"])
    #expect(try kinds(world) == [])
    try world.eye.execute(
      """
      ALTER TABLE billing.ledger DETACH PARTITION billing.ledger_2025_01;
      ALTER TABLE billing.ledger DETACH PARTITION billing.ledger_2025_02
      """)
    #expect(try kinds(world).filter { ["missing_record", "stray_record"].contains($0) } == [])
  }
}
