import Billing
import HTTP
import Outbox
import TestBasics
import Testing

@testable import Stripe

@Suite("The way of one entry")
struct DeliveryTests {
  private let now = Entries.start
  private func hoursAgo(_ hours: Double) -> Instant { now.adding(seconds: -Int64(hours * 3600)) }

  /// Hands an answer to a delivery that has begun.
  private func step(_ delivery: inout Delivery, _ answer: StripeAnswer) -> Delivery.Step {
    var generator = SeededGenerator(seed: 1)
    return delivery.answered(.success(answer), now: now, using: &generator)
  }

  private func path(_ step: Delivery.Step) -> String? {
    switch step {
    case .send(let request), .lookUp(let request): "\(request.method.rawValue) \(request.path.text)"
    case .settle: nil
    }
  }

  private func list(_ objects: String, hasMore: Bool = false) -> StripeAnswer {
    StripeAnswer(200, #"{"object": "list", "has_more": \#(hasMore), "data": [\#(objects)]}"#)
  }

  @Test("Within 23 hours an entry is sent again under the same key")
  func sameKey() throws {
    let first = try Entries.delivery(Entries.entry(Entries.invoiceItem())).request
    var later = try Entries.delivery(
      Entries.entry(Entries.invoiceItem(), attempts: 9, firstAttemptAt: hoursAgo(22.99)))
    #expect(later.begin(now: now) == .send(try #require(first)))
  }

  @Test("An event's retries share the identifier, not the idempotency key, so that no saved error comes back")
  func identifier() throws {
    let requests = try [1, 2].map {
      try #require(Entries.delivery(Entries.entry(Entries.meterEvent(), attempts: $0)).request)
    }
    #expect(requests[0].content == requests[1].content)
    #expect(requests[0].idempotencyKey != requests[1].idempotencyKey)
  }

  @Test("From 23 hours on nothing is sent unasked, and a list decides only a quarter of an hour later")
  func keysEnd() throws {
    var young = try Entries.delivery(Entries.entry(Entries.invoiceItem(), firstAttemptAt: hoursAgo(23)))
    #expect(young.begin(now: now) == .settle(.retryLater(after: .seconds(900), problem: .settling)))
    var old = try Entries.delivery(Entries.entry(Entries.invoiceItem(), firstAttemptAt: hoursAgo(23.25)))
    #expect(path(old.begin(now: now)) == "GET /v1/invoiceitems")
    var event = try Entries.delivery(Entries.entry(Entries.meterEvent(), firstAttemptAt: hoursAgo(23)))
    #expect(path(event.begin(now: now)) == "GET /v1/billing/meters")
    var invoice = try Entries.delivery(
      Entries.entry(Entries.finalization(), firstAttemptAt: hoursAgo(100)), invoice: "in_1")
    #expect(path(invoice.begin(now: now)) == "POST /v1/invoices/in_1/finalize")
  }

  @Test("An item found on the second page was delivered; one on no page is sent again under the next key")
  func pages() throws {
    let entry = Entries.entry(try Entries.invoiceItem(), firstAttemptAt: hoursAgo(30))
    let own = #"{"id": "ii_7", "metadata": {"entry_id": "\#(entry.id)"}}"#
    var found = try Entries.delivery(entry)
    _ = found.begin(now: now)
    guard case .lookUp(let next) = step(&found, list(#"{"id": "ii_1", "metadata": {}}"#, hasMore: true)),
      case .parameters(let parameters) = next.content
    else {
      Issue.record("there is another page")
      return
    }
    #expect(parameters["starting_after"] == "ii_1")
    #expect(parameters["created[gte]"] == "\(hoursAgo(31).microseconds / 1_000_000)")
    #expect(step(&found, list(own)) == .settle(.deliveredBefore(reference: RemoteID("ii_7"))))
    var absent = try Entries.delivery(entry)
    _ = absent.begin(now: now)
    #expect(step(&absent, list("")) == .settle(.sendAgain))
    let again = Entries.entry(try Entries.invoiceItem(), generation: 1)
    #expect(try Entries.delivery(again).request?.idempotencyKey?.text == "\(entry.id)-1")
  }

  @Test("A list that says there is more, and not where, decides nothing")
  func brokenPages() throws {
    var delivery = try Entries.delivery(Entries.entry(Entries.invoiceItem(), firstAttemptAt: hoursAgo(30)))
    _ = delivery.begin(now: now)
    guard case .settle(.retryLater(_, .answerUnreadable)) = step(&delivery, list("", hasMore: true)) else {
      Issue.record("only a later look-up can decide")
      return
    }
  }

  @Test(
    "The minute's summary decides on an event: its value is delivered, nothing is sent now, anything else asks a person",
    arguments: [
      ("12.5", "delivered"), ("12.500", "delivered"), ("0", "sent"), ("0.0", "sent"), ("25", "unknown"),
      ("1e400", "unknown"), ("12.4999999999", "unknown"),
    ])
  func summary(_ value: String, _ end: String) throws {
    var delivery = try Entries.delivery(
      Entries.entry(Entries.meterEvent(), firstAttemptAt: hoursAgo(24)), meter: "mtr_1")
    #expect(path(delivery.begin(now: now)) == "GET /v1/billing/meters/mtr_1/event_summaries")
    switch step(&delivery, list(#"{"id": "mtrusg_1", "aggregated_value": \#(value)}"#)) {
    case .settle(.deliveredBefore): #expect(end == "delivered")
    case .send(let request): #expect(end == "sent" && request.endpoint == .meterEvents)
    case .settle(.unknown): #expect(end == "unknown")
    default: Issue.record("another step")
    }
  }

  @Test("Of several meters of a name the active one is read, also from a later page; an archived one else")
  func meters() throws {
    let archived = #"{"id": "mtr_old", "event_name": "order", "status": "inactive"}"#
    let active = #"{"id": "mtr_new", "event_name": "order", "status": "active"}"#
    let other = #"{"id": "mtr_other", "event_name": "invoice", "status": "active"}"#
    let entry = Entries.entry(try Entries.meterEvent(), firstAttemptAt: hoursAgo(24))
    var delivery = try Entries.delivery(entry)
    _ = delivery.begin(now: now)
    #expect(path(step(&delivery, list("\(archived), \(other)", hasMore: true))) == "GET /v1/billing/meters")
    #expect(path(step(&delivery, list(active))) == "GET /v1/billing/meters/mtr_new/event_summaries")
    #expect(delivery.meter == RemoteID("mtr_new"))
    var old = try Entries.delivery(entry)
    _ = old.begin(now: now)
    #expect(path(step(&old, list(archived))) == "GET /v1/billing/meters/mtr_old/event_summaries")
    var none = try Entries.delivery(entry)
    _ = none.begin(now: now)
    #expect(path(step(&none, list(other))) == "POST /v1/billing/meter_events")
  }

  @Test("Too late and never tried expires at once; tried before, only when an hour of empty summaries has shown it")
  func expiry() throws {
    let event = try Entries.meterEvent()
    var untried = try Entries.delivery(Entries.entry(event, sendBefore: now))
    #expect(untried.begin(now: now) == .settle(.expired))
    for (minutes, end) in [(30.0, Outcome.retryLater(after: .seconds(1800), problem: .settling)), (60, .expired)] {
      var tried = try Entries.delivery(
        Entries.entry(event, attempts: 2, firstAttemptAt: hoursAgo(2), sendBefore: hoursAgo(minutes / 60)),
        meter: "mtr_1")
      #expect(path(tried.begin(now: now)) == "GET /v1/billing/meters/mtr_1/event_summaries")
      #expect(step(&tried, list("")) == .settle(end))
    }
    var refused = try Entries.delivery(Entries.entry(event))
    _ = refused.begin(now: now)
    #expect(step(&refused, .error(400, code: "timestamp_too_far_in_past")) == .settle(.expired))
  }

  @Test("What is refused for good is looked up first where an earlier attempt may have arrived")
  func dead() throws {
    let refusal = StripeAnswer.error(400, code: "parameter_unknown")
    var first = try Entries.delivery(Entries.entry(Entries.invoiceItem()))
    _ = first.begin(now: now)
    #expect(step(&first, refusal) == .settle(.dead(.requestRefused)))
    var second = try Entries.delivery(Entries.entry(Entries.invoiceItem(), attempts: 2, firstAttemptAt: hoursAgo(1)))
    _ = second.begin(now: now)
    #expect(path(step(&second, refusal)) == "GET /v1/invoiceitems")
    #expect(step(&second, list("")) == .settle(.dead(.requestRefused)))
  }

  @Test(
    "An invoice that is no draft any more was finalized; a refused draft is dead", arguments: ["open", "paid", "draft"])
  func finalized(_ status: String) throws {
    var delivery = try Entries.delivery(Entries.entry(Entries.finalization()), invoice: "in_1")
    _ = delivery.begin(now: now)
    #expect(path(step(&delivery, .error(400))) == "GET /v1/invoices/in_1")
    let end = step(&delivery, StripeAnswer(200, #"{"id": "in_1", "object": "invoice", "status": "\#(status)"}"#))
    let expected: Outcome = status == "draft" ? .dead(.requestRefused) : .deliveredBefore(reference: RemoteID("in_1"))
    #expect(end == .settle(expected))
  }

  @Test("A missing customer or invoice holds, and an amount that Stripe cannot write is dead")
  func incomplete() throws {
    var noCustomer = try Entries.delivery(Entries.entry(Entries.meterEvent()), customer: nil)
    #expect(noCustomer.begin(now: now) == .settle(.held(.noCustomer)))
    var noInvoice = try Entries.delivery(Entries.entry(Entries.invoiceItem(invoice: 7)))
    #expect(noInvoice.begin(now: now) == .settle(.held(.noInvoice)))
    var deleted = try Entries.delivery(Entries.entry(Entries.invoiceItem()))
    _ = deleted.begin(now: now)
    let gone = StripeAnswer.error(400, code: "resource_missing", param: "customer")
    #expect(step(&deleted, gone) == .settle(.held(.noCustomer)))
    let ariary = InvoiceItem(
      minorUnits: 7, currency: try #require(Currency("mga")), line: .baseFee(try Entries.period()))
    var fine = try Entries.delivery(Entries.entry(.invoiceItem(ariary)))
    #expect(fine.begin(now: now) == .settle(.dead(.amountInexpressible)))
  }

  @Test("A refused request of the stream kills none of its events: each is sent by itself")
  func stream() throws {
    var generator = SeededGenerator(seed: 1)
    func end(_ answer: StripeAnswer) throws -> Delivery.Step {
      var delivery = try Entries.delivery(Entries.entry(Entries.meterEvent()))
      _ = delivery.begin(now: now)
      return delivery.streamed(.success(answer), now: now, using: &generator)
    }
    #expect(try end(StripeAnswer(200, "{}")) == .settle(.delivered(reference: nil)))
    for answer in [StripeAnswer.error(400), .error(404), .error(400, type: "idempotency_error")] {
      #expect(path(try end(answer)) == "POST /v1/billing/meter_events")
    }
    guard case .settle(.retryLater(_, .sessionExpired)) = try end(.error(401, type: "temporary_session_expired")) else {
      Issue.record("a new session and another attempt are what is needed")
      return
    }
  }

  @Test("The backoff is within its window at every attempt, reaches five minutes and never less than was asked for")
  func backoff() {
    var generator = SeededGenerator(seed: 7)
    for attempts in [1, 2, 5, 10, 11, 1000, Int.max] {
      let window = min(Duration.milliseconds(500) * (1 << min(attempts - 1, 12)), .seconds(300))
      let delays = (0..<200).map { _ in RetryBackoff.delay(attempts: attempts, atLeast: nil, using: &generator) }
      #expect(delays.allSatisfy { $0 >= .zero && $0 <= window })
      #expect(delays.contains { $0 > window / 2 } && delays.contains { $0 < window / 2 })
    }
    #expect(RetryBackoff.delay(attempts: 1, atLeast: .seconds(40), using: &generator) == .seconds(40))
  }
}
