import Billing
import Outbox
import StripeSimulator
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// Stripe forgets keys and identifiers after 24 hours; what was sent before, and never answered, is not sent again on a
  /// guess.
  @Suite("Retries thirty hours after an answer was lost")
  struct LateRetryTests {
    enum Kind: CaseIterable {
      case meterEvent, invoiceItem, invoice, customer

      var endpoint: String {
        switch self {
        case .meterEvent: "POST /v1/billing/meter_events"
        case .invoiceItem: "POST /v1/invoiceitems"
        case .invoice: "POST /v1/invoices"
        case .customer: "POST /v1/customers"
        }
      }

      func effect(_ place: StripePlace) throws -> Effect {
        switch self {
        case .meterEvent: try place.event()
        case .invoiceItem: try place.item()
        case .invoice: try place.invoice()
        case .customer: .customer
        }
      }
    }

    /// An entry whose first attempt met the fault thirty hours ago.
    private func attempted(_ kind: Kind, _ place: StripePlace, _ fault: Fault.Kind) throws -> [EntryID] {
      try place.add("acme")
      if kind == .customer { try place.connection.execute("UPDATE billing.companies SET stripe_customer = NULL") }
      let ids = try place.owe("acme", kind.effect(place))
      place.simulator.faults.add(FaultRule(.next(1), of: kind.endpoint, [Fault(fault)]))
      try place.die(at: OutboxFailpoint.afterAnswer)
      #expect(place.simulator.faults.counts[fault] == 1)
      try place.wait(hours: 30)
      return ids
    }

    @Test("What had arrived is found, not sent again", arguments: Kind.allCases)
    func arrived(_ kind: Kind) throws {
      let place = try StripePlace()
      let ids = try attempted(kind, place, .answerLost)
      let sent = place.received(kind.endpoint)
      let worker = try place.worker()
      try place.awaitSettled(ids)
      place.expectOnce(ids)
      #expect(try place.settled(ids[0]) == "b")
      #expect(place.received(kind.endpoint) == sent)
      if kind == .customer {
        #expect(try place.number("SELECT count(*) FROM billing.companies WHERE stripe_customer LIKE 'cus%'") == 1)
      }
      try worker.stop()
    }

    @Test("What had not arrived is sent", arguments: Kind.allCases)
    func lost(_ kind: Kind) throws {
      let place = try StripePlace()
      let ids = try attempted(kind, place, .reset)
      let worker = try place.worker()
      try place.awaitSettled(ids)
      place.expectOnce(ids)
      #expect(try place.settled(ids[0]) == "d")
      try worker.stop()
    }

    @Test(
      "An answer that is lost again on the late retry, and again thirty hours later, makes no second effect",
      arguments: Kind.allCases)
    func lostTwice(_ kind: Kind) throws {
      let place = try StripePlace()
      let ids = try attempted(kind, place, .reset)
      place.simulator.faults.add(FaultRule(.next(1), of: kind.endpoint, [Fault(.answerLost)]))
      let victim = try place.worker()
      try eventually("the answer is lost") { place.simulator.faults.counts[.answerLost] == 1 }
      victim.kill()
      _ = try victim.waitForExit()
      try place.wait(hours: 30)
      let worker = try place.worker()
      try place.awaitSettled(ids)
      place.expectOnce(ids)
      try worker.stop()
    }

    @Test("An item on the hundredth place of Stripe's list is found, too")
    func manyItems() throws {
      let place = try StripePlace()
      let ids = try attempted(.invoiceItem, place, .answerLost)
      let customer: String = try place.connection.query("SELECT stripe_customer FROM billing.companies").one()
        .decode(at: 0)
      // The newest come first.
      for number in 1...250 {
        try place.post("/v1/invoiceitems", "customer=\(customer)&amount=\(number)&currency=usd")
      }
      let worker = try place.worker()
      try place.awaitSettled(ids)
      place.expectOnce(ids)
      try worker.stop()
    }

    @Test("Where the minute's summary does not decide, the event is unknown, and sent only when a person says so")
    func undecided() throws {
      let place = try StripePlace()
      let ids = try attempted(.meterEvent, place, .reset)
      let customer: String = try place.connection.query("SELECT stripe_customer FROM billing.companies").one()
        .decode(at: 0)
      // In the event's own minute, which was to be its alone.
      let minute = try place.period.start.start.adding(seconds: 60).microseconds / 1_000_000
      try place.post(
        "/v1/billing/meter_events",
        "event_name=order&payload[stripe_customer_id]=\(customer)&payload[value]=3&timestamp=\(minute)")
      let worker = try place.worker()
      let follower = try place.owe("acme", place.event())
      try place.awaitSettled(follower)
      #expect(try place.waiting("u") == 1)
      #expect(place.effects()[ids[0].description] == nil)
      let list = try place.run("outbox", "list", "--state", "unknown", "--json")
      #expect(list.contains(ids[0].description))
      #expect(list.contains("summary_differs"))
      // Neither time nor another worker sends it.
      try place.wait(hours: 30)
      let next = try place.owe("acme", place.event())
      try place.awaitSettled(next)
      #expect(place.effects()[ids[0].description] == nil)
      try place.run("outbox", "retry", ids[0].description)
      try place.awaitSettled(ids)
      #expect(place.effects()[ids[0].description] == 1)
      try worker.stop()
    }
  }
}
