import Outbox
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// A worker dies, or loses its database, at each step between claim and settlement; another one goes on.
  @Suite("Failpoints of the outbox worker")
  struct SendingFailpointTests {
    static let steps: [StaticString] = [
      OutboxStep.beforeClaimCommit, OutboxFailpoint.afterClaim, OutboxFailpoint.afterSend, OutboxFailpoint.afterAnswer,
      OutboxFailpoint.beforeSettle, OutboxStep.beforeSettleCommit, OutboxFailpoint.afterSettle,
    ]

    private func owe(_ place: StripePlace) throws -> [EntryID] {
      var ids: [EntryID] = []
      for company in ["acme", "labs", "radiology"] {
        try place.add(company)
        ids += try place.owe(company, place.event(), place.item(), place.event(), place.event("storage"))
        ids += try place.owe(company, place.invoice(), place.item(50, invoice: 1), place.finalization())
      }
      return ids
    }

    private func expectExact(_ place: StripePlace, _ ids: [EntryID]) throws {
      try place.awaitSettled(ids)
      let counts = place.effects()
      let finalizations = try place.connection.query(
        "SELECT entry_id FROM billing.outbox_history WHERE kind = 'finalize_invoice'")
      #expect(finalizations.count == 3)
      #expect(counts.values.allSatisfy { $0 == 1 })
      #expect(counts.count == ids.count - 3)
      #expect(try place.number("SELECT count(*) FROM billing.outbox_history") == ids.count)
      #expect(try place.waiting("q", "u", "x", "e") == 0)
      #expect(place.simulator.effects.violations == 0)
      for invoice in place.simulator.effects.objects("invoices") { #expect(invoice["status"] != .string("draft")) }
    }

    @Test(
      "Killed at any step, every entry has one effect when the next worker is done", arguments: steps, [false, true])
    func killed(at step: StaticString, isStreaming: Bool) throws {
      let place = try StripePlace(["STRIPE_METER_STREAM": isStreaming ? "true" : "false"])
      let ids = try owe(place)
      try place.die(at: step)
      let heir = try place.worker()
      try expectExact(place, ids)
      try heir.stop()
    }

    @Test("The connection is cut inside the settlement's COMMIT: the worker finds out by itself what was settled")
    func cutInsideCommit() throws {
      let place = try StripePlace()
      let ids = try owe(place)
      let worker = try place.worker(["USAGE_BILLING_FAILPOINTS": "\(OutboxStep.insideSettleCommit)=cut"])
      try expectExact(place, ids)
      #expect(worker.standardError.contains("the outbox cannot be worked on"))
      try worker.stop()
    }

    @Test("A worker that is asked to stop with requests under way finishes them; nothing stays leased")
    func stopped() throws {
      let place = try StripePlace()
      let ids = try owe(place)
      place.simulator.settings.latency = .milliseconds(300)
      let worker = try place.worker()
      try eventually("requests are under way") { place.simulator.effects.requests.count > 8 }
      try worker.stop()
      #expect(
        try place.number("SELECT count(*) FROM billing.outbox_keys WHERE lease_until > '-infinity'") == 0)
      place.simulator.settings.latency = .zero
      let heir = try place.worker()
      try expectExact(place, ids)
      try heir.stop()
    }
  }
}
