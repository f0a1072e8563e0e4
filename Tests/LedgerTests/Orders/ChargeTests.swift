import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("A charge is made once", .enabled(if: TestDatabase.isAvailable))
struct ChargeTests {
  @Test("the first that is committed stands; another of the same id is a duplicate, and a conflict if it differs")
  func once() throws {
    let world = try World()
    let ledger = try world.replica()
    let first = try ledger.write([Event.charge(1), Event.charge(1), Event.charge(1, "setup_fee", "51.00")])
    #expect(first.counted == 1 && first.duplicates == 2 && first.conflicts == 1)
    // Half a year later too.
    let later = try world.replica().write([
      Event.charge(1, at: "2025-02-10T00:00:00Z"), Event.charge(1, "credit", "-50.00"), Event.charge(2),
    ])
    #expect(later.counted == 1 && later.duplicates == 2 && later.conflicts == 1)
    let rows = try world.texts(
      "SELECT concat_ws(' ', kind, currency, minor_units, occurred_at AT TIME ZONE 'UTC') FROM billing.charges")
    #expect(rows == ["setup_fee usd 5000 2025-01-15 12:00:00", "setup_fee usd 5000 2025-01-15 12:00:00"])
    #expect(try world.number("SELECT count(DISTINCT charge_number) FROM billing.charges") == 2)
  }

  @Test("one in another currency than its company's is refused, its neighbours are not, and it may come again")
  func currency() throws {
    let world = try World()
    let ledger = try world.replica()
    let events = try [
      Event.charge(1), Event.charge(2, currency: "eur"), Event.order(1, .completed, at: "2025-02-10T00:00:00Z"),
      Event.charge(3, "setup_fee", "7", currency: "jpy"),
    ]
    let tally = try ledger.write(events)
    #expect(tally.refused.map(\.position) == [1, 3])
    #expect(tally.refused.allSatisfy { $0.message.reason == .wrongCurrency })
    #expect(tally.counted == 2)
    #expect(try ledger.write([Event.charge(2)]).counted == 1)
    #expect(try world.number("SELECT count(*) FROM billing.charges WHERE currency <> 'usd'") == 0)
  }

  @Test("a company that nobody registered has no currency that a charge could miss")
  func unregistered() throws {
    let world = try World()
    #expect(try world.replica().write([Event.charge(1, currency: "eur", company: "stranger")]).counted == 1)
  }
}
