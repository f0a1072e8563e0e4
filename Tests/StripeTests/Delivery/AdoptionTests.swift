import Billing
import Outbox
import TestBasics
import Testing

@testable import Stripe

@Suite("The way of lines to a subscription's draft")
struct AdoptionTests {
  private let period: BillingPeriod
  private let end: Instant

  init() throws {
    period = try Entries.period()
    end = period.end.start
  }

  private func step(_ delivery: inout Delivery, _ answer: StripeAnswer, now: Instant) -> Delivery.Step {
    var generator = SeededGenerator(seed: 1)
    return delivery.answered(.success(answer), now: now, using: &generator)
  }

  private func delivery(_ effect: Effect, firstAttemptAt: Instant? = nil, adopted: Bool = true) throws -> Delivery {
    let entry = Entries.entry(effect, firstAttemptAt: firstAttemptAt)
    let invoice = effect.kind == .invoiceItem ? "in_1" : nil
    return Delivery(
      entry, of: try Entries.claim(entry, subscription: "sub_1", invoice: invoice, adopted: adopted))
  }

  private func invoice(
    _ id: String = "in_7", status: String = "draft", reason: String = "subscription_cycle",
    subscription: String = "sub_1", end: Instant? = nil
  ) -> String {
    """
    {"id": "\(id)", "object": "invoice", "status": "\(status)", "billing_reason": "\(reason)",
     "period_end": \((end ?? self.end).microseconds / 1_000_000),
     "parent": {"subscription_details": {"subscription": "\(subscription)"}}}
    """
  }

  private func page(_ objects: String..., hasMore: Bool = false) -> StripeAnswer {
    let objects = objects.joined(separator: ", ")
    return StripeAnswer(200, #"{"object": "list", "has_more": \#(hasMore), "data": [\#(objects)]}"#)
  }

  @Test("The draft of the subscription and period is taken, wherever in the list it is, and no other invoice")
  func found() throws {
    var delivery = try delivery(Entries.adoption())
    let now = end.adding(seconds: 600)
    guard case .lookUp(let request) = delivery.begin(now: now), case .parameters(let parameters) = request.content
    else {
      Issue.record("it is looked for")
      return
    }
    #expect(request.path.text == "/v1/invoices" && parameters["customer"] == "cus_1")
    let others = page(
      invoice("in_1", subscription: "sub_2"), invoice("in_2", reason: "manual"),
      invoice("in_3", end: end.adding(days: -31)), invoice("in_4", reason: "subscription_create"), hasMore: true)
    guard case .lookUp(let next) = step(&delivery, others, now: now), case .parameters(let after) = next.content else {
      Issue.record("there is another page")
      return
    }
    #expect(after["starting_after"] == "in_4")
    let step = step(&delivery, page(invoice()), now: now)
    #expect(step == .settle(.deliveredBefore(reference: RemoteID("in_7"))))
  }

  @Test("A draft that is final leaves none, at any time", arguments: ["open", "paid", "void", "uncollectible"])
  func final(_ status: String) throws {
    var delivery = try delivery(Entries.adoption())
    _ = delivery.begin(now: end)
    let step = step(&delivery, page(invoice(status: status)), now: end)
    #expect(step == .settle(.deliveredBefore(reference: nil)))
  }

  @Test("What is not there yet is looked for again until two hours after the period's end, and not longer")
  func awaited() throws {
    for (seconds, isAwaited) in [(-5, true), (0, true), (7199, true), (7200, false), (900_000, false)] {
      let now = end.adding(seconds: Int64(seconds))
      var delivery = try delivery(Entries.adoption(), firstAttemptAt: now.adding(days: -3))
      _ = delivery.begin(now: now)
      let expected: Outcome =
        isAwaited ? .retryLater(after: .seconds(30), problem: .draftAwaited) : .deliveredBefore(reference: nil)
      #expect(step(&delivery, page(), now: now) == .settle(expected), "\(seconds)")
    }
  }

  @Test("A company whose subscription is gone has no draft; an answer that cannot be read decides nothing")
  func undecided() throws {
    let entry = Entries.entry(try Entries.adoption())
    var gone = Delivery(entry, of: try Entries.claim(entry))
    #expect(gone.begin(now: end) == .settle(.deliveredBefore(reference: nil)))
    var broken = try delivery(Entries.adoption())
    _ = broken.begin(now: end)
    guard case .settle(.retryLater) = step(&broken, StripeAnswer(200, "{}"), now: end.adding(days: 3)) else {
      Issue.record("it is asked again")
      return
    }
    var failing = try delivery(Entries.adoption())
    _ = failing.begin(now: end)
    guard case .settle(.retryLater) = step(&failing, .error(500), now: end.adding(days: 3)) else {
      Issue.record("it is asked again")
      return
    }
  }

  @Test(
    "A line that the draft takes no more goes to the next invoice; where it may have arrived, Stripe is asked first")
  func lost() throws {
    let refusals: [StripeAnswer] = [
      .error(400, code: "invoice_not_editable", param: "invoice"),
      .error(404, code: "resource_missing", param: "invoice"),
    ]
    for refusal in refusals {
      var first = try delivery(Entries.invoiceItem(invoice: 7))
      _ = first.begin(now: end)
      #expect(step(&first, refusal, now: end) == .settle(.nextInvoice))
      for (page, outcome) in [
        (page(), Outcome.nextInvoice), (page(item), .deliveredBefore(reference: RemoteID("ii_1"))),
      ] {
        var again = try delivery(Entries.invoiceItem(invoice: 7), firstAttemptAt: end.adding(seconds: -60))
        _ = again.begin(now: end)
        guard case .lookUp(let request) = step(&again, refusal, now: end) else {
          Issue.record("an earlier attempt may have arrived")
          return
        }
        #expect(request.endpoint == .invoiceItems)
        #expect(step(&again, page, now: end) == .settle(outcome))
      }
      // Our own draft is final because a person has finalized it: a person decides.
      var own = try delivery(Entries.invoiceItem(invoice: 7), adopted: false)
      _ = own.begin(now: end)
      guard case .settle(.dead) = step(&own, refusal, now: end) else {
        Issue.record("nothing is moved from an invoice of ours to another")
        return
      }
    }
  }

  private var item: String { #"{"id": "ii_1", "metadata": {"entry_id": "\#(Entries.id())"}}"# }

  @Test("Without a draft a line is sent without an invoice, under the next key")
  func withoutDraft() throws {
    let entry = Entries.entry(try Entries.invoiceItem(invoice: 7), generation: 1)
    let claim = try Entries.claim(entry)
    let moved = Claim(
      company: claim.company, orderingKey: claim.orderingKey, token: 1, claimedAt: claim.claimedAt,
      leaseEnds: claim.leaseEnds, entries: [entry], stripeCustomer: claim.stripeCustomer,
      invoiceReference: .nextInvoice)
    let request = try #require(Delivery(entry, of: moved).request)
    guard case .parameters(let parameters) = request.content else { return }
    #expect(parameters["invoice"] == nil && parameters["customer"] == "cus_1")
    #expect(request.idempotencyKey?.text == "\(entry.id)-1")
  }
}
