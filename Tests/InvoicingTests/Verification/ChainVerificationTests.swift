import Billing
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import TestSupport
import Testing

@Suite("verify proves the chain from records to entries", .enabled(if: TestDatabase.isAvailable))
struct ChainVerificationTests {
  @Test("what was recorded, reported and closed is clean, the first time, again, and in full")
  func clean() throws {
    let world = try World.billed()
    let first = try world.verification()
    #expect(first.differences == [])
    #expect(first.unchangedPeriods == 0)
    let again = try world.verification()
    #expect(again.differences == [])
    #expect(again.unchangedPeriods == 6)
    #expect(again.records < first.records)
    let full = try world.verification(full: true)
    #expect(full.differences == [])
    #expect(full.records == first.records)
  }

  @Test("a difference planted in any link is named, whatever was proven before", arguments: PlantedDifference.all)
  func planted(_ planted: PlantedDifference) throws {
    let world = try World.billed(verified: true)
    try world.eye.execute(planted.statement)
    // Of records behind lines nothing is read where the total is as it was.
    let expected = planted.found.filter { !$0.hasPrefix("line_records") }
    #expect(try world.verify() == (planted.isOfRecordsAlone ? [] : expected))
    #expect(try world.verify(full: true) == planted.found)
  }

  @Test("a company in which something is amiss is not taken for proven: it is found again")
  func foundAgain() throws {
    let world = try World.billed()
    let planted = PlantedDifference.records[0]
    try world.eye.execute(planted.statement)
    #expect(try world.verify() == planted.found)
    #expect(try world.verify() == planted.found)
    #expect(try world.verification().unchangedPeriods == 4)
  }

  @Test("a repair puts the total right, and leaves what was billed to people")
  func repair() throws {
    let world = try World.billed()
    try world.eye.execute(
      """
      UPDATE billing.usage_periods SET quantity = quantity + 1 WHERE company_id = 'quiet' AND metric = 'scan';
      UPDATE billing.invoices SET total = total - 1 WHERE company_id = 'quiet' AND period_start = '2025-01-01'
      """)
    let report = try Verification(.forLedger(world.database.configuration), parts: [ChainVerification()])
      .repair(by: "tests")
    #expect(report.differences.map(\.isRepaired) == [true, false])
    #expect(!report.isClean)
    #expect(try world.verify() == ["invoice_total quiet period 2025-01-01 invoice 1: 441.09, 441.10"])
  }

  @Test("entries that left the outbox are looked for in its history, once, and not missed when that is dropped")
  func history() throws {
    let world = try World.billed()
    try world.settle("true")
    #expect(try world.verify() == [])
    try world.eye.execute(
      """
      UPDATE billing.outbox_history SET effect = replace(effect, '-500', '-400')
      WHERE company_id = 'told' AND effect LIKE '%"charge"%'
      """)
    #expect(try world.verify() == [])
    #expect(
      try world.verify(full: true) == [
        "entry_amount told period 2025-01-01 invoice 3 line 27 charge 3: -4.00 usd, -5.00 usd"
      ])
    // Its month goes by, and is dropped.
    try world.eye.execute(
      """
      DO $$ BEGIN
        EXECUTE format('ALTER TABLE billing.outbox_history_%s RENAME TO outbox_history_2025_06',
          to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'));
      END $$;
      UPDATE billing.invoices SET created_at = '2025-06-01Z'
      """)
    #expect(try OutboxHistory(world.eye).drop(olderThan: 1) == [day("2025-06-01")])
    #expect(try world.verify() == [])
    #expect(try world.verify(full: true) == [])
  }
}
