import Billing
import JSON
import Outbox
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// Stripe makes a subscription's draft when the period ends, and finalizes it an hour later: the simulator's clock goes
  /// there.
  @Suite("Lines go to the draft that Stripe makes for a subscription")
  struct AdoptedDraftTests {
    private let place: StripePlace
    private let period: BillingPeriod

    init() throws {
      let place = try StripePlace()
      self.place = place
      let today = Usage.now.date
      period = try #require(BillingPeriod(start: today.firstOfMonth, end: today.firstOfNextMonth))
      try place.run("companies", "set", "acme", "--plan", "standard", "--stripe-mode", "live")
      try place.run("companies", "set", "acme", "--stripe-customer", try place.customer())
      try place.run("stripe", "subscribe", "acme")
    }

    private func adoption(_ number: Int64 = 1, of period: BillingPeriod? = nil) throws -> Effect {
      .adoptInvoice(InvoiceAdoption(number: try #require(InvoiceNumber(number)), period: period ?? self.period))
    }

    /// Stripe's time: so long after the period's end.
    private func go(minutes: Int64) {
      place.simulator.clock.set(period.end.start.adding(seconds: minutes * 60).microseconds)
    }

    /// The subscription's invoice of the period's end.
    private func invoice() throws -> JSONValue {
      try #require(
        place.simulator.effects.objects("invoices").last { $0["billing_reason"] == .string("subscription_cycle") })
    }

    /// Of each item: the invoice it stands on.
    private func invoicesOfItems() -> [JSONValue?] {
      place.simulator.effects.objects("invoiceitems").map { $0["invoice"] }
    }

    private func reference() throws -> InvoiceReference? {
      try OutboxReferences(place.connection).reference(
        of: #require(InvoiceNumber(1)), company: #require(CompanyID("acme")))
    }

    @Test(
      "lines are attached while it is a draft, and stand on it when it is final; a worker that dies changes nothing")
    func attached() throws {
      go(minutes: 10)
      let ids = try place.owe("acme", adoption(), place.item(120, invoice: 1), place.item(-20, invoice: 1))
      try place.die(at: OutboxFailpoint.afterAnswer)
      let worker = try place.worker()
      try place.awaitSettled(ids)
      try worker.stop()
      let draft = try invoice()
      #expect(invoicesOfItems() == [draft["id"], draft["id"]])
      #expect(try reference()?.id?.text == text(draft["id"]))
      place.expectOnce(Array(ids.dropFirst()))
      go(minutes: 70)
      // The base fee, and what was attached.
      #expect(try invoice()["status"] == .string("paid") && invoice()["total"] == .number("20000"))
    }

    @Test("a draft that was final before it was looked for leaves its lines to the next invoice")
    func tooLate() throws {
      go(minutes: 90)
      let ids = try place.owe("acme", adoption(), place.item(100, invoice: 1))
      let worker = try place.worker()
      try place.awaitSettled(ids)
      try worker.stop()
      #expect(try reference() == .nextInvoice && invoicesOfItems() == [.null])
    }

    @Test("a draft that becomes final between two lines: the second goes to the next invoice, once")
    func finalizedBetween() throws {
      go(minutes: 50)
      let before = try place.owe("acme", adoption(), place.item(100, invoice: 1))
      var worker = try place.worker()
      try place.awaitSettled(before)
      try worker.stop()
      go(minutes: 61)
      let after = try place.owe("acme", place.item(200, invoice: 1), place.item(300, invoice: 1))
      worker = try place.worker()
      try place.awaitSettled(after)
      try worker.stop()
      place.expectOnce(Array(before.dropFirst()) + after)
      #expect(try invoicesOfItems() == [invoice()["id"], .null, .null])
      let generations = try place.number(
        "SELECT max(key_generation) FROM billing.outbox_history WHERE entry_id = \(after[0])")
      #expect(generations == 1)
    }

    @Test("a draft that never was is given up two hours after the period's end")
    func never() throws {
      let former = try #require(
        BillingPeriod(start: period.start.adding(days: -60), end: period.start.adding(days: -30)))
      let ids = try place.owe("acme", adoption(of: former), place.item(100, invoice: 1))
      let worker = try place.worker()
      try place.awaitSettled(ids)
      try worker.stop()
      #expect(try reference() == .nextInvoice && invoicesOfItems() == [.null])
    }

    @Test("one that is not there yet is waited for, while other companies' lines go out, and taken when it is there")
    func awaited() throws {
      let ids = try place.owe("acme", adoption(), place.item(100, invoice: 1))
      try place.add("labs")
      let others = try place.owe("labs", place.item(), place.event())
      let worker = try place.worker()
      try place.awaitSettled(others)
      try eventually("it is put off") {
        try place.number(
          "SELECT count(*) FROM billing.outbox_entries WHERE entry_id = \(ids[0]) AND problem = 'draft_awaited'") == 1
      }
      #expect(place.received("POST /v1/invoiceitems") == 1)
      go(minutes: 1)
      try place.connection.execute("UPDATE billing.outbox_keys SET due_at = now() WHERE state = 'd'")
      try place.awaitSettled(ids)
      try worker.stop()
      #expect(try invoicesOfItems().last == invoice()["id"])
    }

    private func text(_ value: JSONValue?) throws -> String {
      guard case .string(let text)? = value else { throw TestFailure("no text") }
      return text
    }
  }
}
