import Billing
import HTTP
import Outbox
import Stripe
import Testing

@testable import Workers

@Suite("Comparing a subscription's invoices")
struct InvoiceComparisonTests {
  private static let end = Instant("2025-02-01T00:00:00Z") ?? Instant(microseconds: 0)
  private let entry: EntryID
  private let subscription: RemoteID

  init() throws {
    var random = SystemRandomNumberGenerator()
    entry = EntryID(now: Self.end, using: &random)
    subscription = try #require(RemoteID("sub_1"))
  }

  private func answer(_ object: String) -> StripeAnswer {
    StripeAnswer(
      HTTPResponse(status: 200, headers: [:], body: Array(#"{"has_more": false, "data": [\#(object)]}"#.utf8)))
  }

  private func listed(
    _ total: Int, status: String = "paid", subscription: String = "sub_1", end: Instant = end
  ) throws -> [ListedInvoice] {
    try #require(
      ListedInvoice.read(
        answer(
          """
          {"id": "in_1", "status": "\(status)", "total": \(total), "currency": "usd",
           "billing_reason": "subscription_cycle", "period_end": \(end.microseconds / 1_000_000),
           "parent": {"subscription_details": {"subscription": "\(subscription)"}}}
          """))
    ).invoices
  }

  private func item(on invoice: String?) throws -> [ListedInvoiceItem] {
    let place = invoice.map { "\"\($0)\"" } ?? "null"
    return try #require(
      ListedInvoiceItem.read(
        answer(
          """
          {"id": "ii_1", "amount": 100, "currency": "usd", "invoice": \(place), "metadata": {"entry_id": "\(entry)"}}
          """))
    ).items
  }

  private func found(
    _ total: Int128, _ reference: InvoiceReference?, isOpen: Bool = true, _ listed: [ListedInvoice],
    _ items: [ListedInvoiceItem] = []
  ) throws -> [String] {
    let start = try #require(CivilDate("2025-01-01"))
    let period = try #require(BillingPeriod(start: start, end: Self.end.date))
    let invoice = BookedInvoice(
      number: try #require(InvoiceNumber(7)), period: period, way: .subscription(subscription), isOpen: isOpen,
      total: Amount(minorUnits: total, currency: try #require(Currency("usd"))), reference: reference, items: [entry])
    let comparison = InvoiceComparison(
      company: try #require(CompanyID("acme")), invoices: [invoice], listed: listed, items: items)
    return comparison.discrepancies.map { discrepancy in
      switch discrepancy {
      case .invoiceMissing: "missing"
      case .invoiceTotal: "total"
      case .lineElsewhere: "elsewhere"
      default: "other"
      }
    }
  }

  @Test("it is found by subscription and period, adopted or not")
  func found() throws {
    let draft = InvoiceReference.adopted(try #require(RemoteID("in_1")))
    for reference in [nil, draft] {
      #expect(try found(20_000, reference, listed(20_000), item(on: "in_1")) == [])
      #expect(try found(20_001, reference, listed(20_000), item(on: "in_1")) == ["total"])
      #expect(try found(20_001, reference, listed(20_000, status: "draft"), item(on: "in_1")) == [])
    }
    #expect(try found(20_000, nil, listed(20_000, subscription: "sub_2")) == ["missing"])
    #expect(try found(20_000, nil, listed(20_000, end: Self.end.adding(days: 28))) == ["missing"])
    #expect(try found(20_000, nil, isOpen: false, []) == [])
  }

  @Test("a line that went to the next invoice, since the draft was final, is no difference; else it is one")
  func nextInvoice() throws {
    for place in [nil, "in_2"] {
      #expect(try found(20_000, .nextInvoice, listed(19_900), item(on: place)) == [])
      #expect(try found(20_000, .nextInvoice, listed(20_000), item(on: place)) == ["total"])
      let adopted = InvoiceReference.adopted(try #require(RemoteID("in_1")))
      #expect(try found(20_000, adopted, listed(19_900), item(on: place)) == ["elsewhere"])
    }
  }
}
