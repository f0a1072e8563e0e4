import Billing
import Outbox
import TestBasics

@testable import Stripe

/// Claims and entries as the outbox hands them out.
enum Entries {
  static let start = Instant("2025-01-15T12:00:00Z") ?? Instant(microseconds: 0)

  static func metric() throws -> MetricName { try there(MetricName("order")) }

  static func period() throws -> BillingPeriod {
    try there(
      BillingPeriod(start: try there(CivilDate("2025-01-01")), end: try there(CivilDate("2025-02-01"))))
  }

  static func id(_ seed: UInt64 = 1) -> EntryID {
    var generator = SeededGenerator(seed: seed)
    return EntryID(now: start, using: &generator)
  }

  static func meterEvent(_ value: String = "12.5") throws -> Effect {
    .meterEvent(
      try there(
        MeterEvent(
          metric: try metric(), period: try period(), value: try there(Quantity(value)),
          timestamp: try there(Instant("2025-01-15T11:58:00Z")))))
  }

  static func invoiceItem(invoice: Int64? = nil) throws -> Effect {
    .invoiceItem(
      InvoiceItem(
        minorUnits: -1234, currency: try there(Currency("usd")),
        line: .late(try metric(), Quantity(5), try period()), invoice: invoice.flatMap { InvoiceNumber($0) }))
  }

  static func invoice() throws -> Effect {
    .invoice(
      InvoiceCreation(
        number: try there(InvoiceNumber(7)), period: try period(), currency: try there(Currency("usd"))))
  }

  static func adoption() throws -> Effect {
    .adoptInvoice(InvoiceAdoption(number: try there(InvoiceNumber(7)), period: try period()))
  }

  static func finalization() throws -> Effect {
    .finalizeInvoice(InvoiceFinalization(number: try there(InvoiceNumber(7))))
  }

  static func entry(
    _ effect: Effect, id: EntryID = id(), attempts: Int = 1, firstAttemptAt: Instant? = nil, generation: Int = 0,
    sendBefore: Instant? = nil
  ) -> ClaimedEntry {
    ClaimedEntry(
      entryNumber: 1, id: id, effect: effect, attempts: attempts, firstAttemptAt: firstAttemptAt,
      keyGeneration: generation, sendBefore: sendBefore)
  }

  static func claim(
    _ entry: ClaimedEntry, customer: String? = "cus_1", subscription: String? = nil, invoice: String? = nil,
    adopted: Bool = false, name: String? = nil
  ) throws -> Claim {
    let draft = invoice.flatMap { RemoteID($0) }
    let now = ContinuousClock.now
    return Claim(
      company: try there(CompanyID("comp-123")), orderingKey: entry.effect.orderingKey, token: 1, claimedAt: now,
      leaseEnds: now + .seconds(60), entries: [entry], stripeCustomer: customer.flatMap { RemoteID($0) },
      stripeSubscription: subscription.flatMap { RemoteID($0) }, displayName: name,
      invoiceReference: draft.map { adopted ? .adopted($0) : .made($0) })
  }

  static func delivery(
    _ entry: ClaimedEntry, customer: String? = "cus_1", invoice: String? = nil, name: String? = nil,
    meter: String? = nil
  ) throws -> Delivery {
    Delivery(
      entry, of: try claim(entry, customer: customer, invoice: invoice, name: name),
      meter: meter.flatMap { RemoteID($0) })
  }
}

struct Missing: Error {}

/// `#require` does not stand within itself.
func there<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw Missing() }
  return value
}
