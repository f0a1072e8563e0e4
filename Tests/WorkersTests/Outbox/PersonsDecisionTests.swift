import Outbox
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Dead entries wait for a person, whose decisions are kept")
  struct PersonsDecisionTests {
    /// An item for a draft that Stripe does not know.
    private func deadItem(_ place: StripePlace) throws -> EntryID {
      try place.add("acme")
      try place.connection.execute(
        "INSERT INTO billing.outbox_references VALUES ('acme', 'invoice', 1, 'in_nobodyknows')")
      return try #require(try place.owe("acme", place.item(invoice: 1)).first)
    }

    @Test("What cannot succeed is dead with its reason; what is behind it goes on; mended and retried, it goes out")
    func retried() throws {
      let place = try StripePlace()
      let id = try deadItem(place)
      let followers = try place.owe("acme", place.item(7))
      let worker = try place.worker()
      try place.awaitSettled(followers)
      #expect(try place.waiting("x") == 1)
      let list = try place.run("outbox", "list", "--state", "dead", "--json")
      #expect(list.contains(id.description) && list.contains("invoice_missing"))
      let customer: String = try place.connection.query("SELECT stripe_customer FROM billing.companies").one()
        .decode(at: 0)
      guard case .string(let draft)? = try place.post("/v1/invoices", "customer=\(customer)&auto_advance=false")["id"]
      else { throw TestFailure("no draft") }
      try place.connection.update("UPDATE billing.outbox_references SET reference = \(draft)")
      try place.run("outbox", "retry", id.description)
      try place.awaitSettled([id])
      place.expectOnce([id] + followers)
      try worker.stop()
    }

    @Test("Discarding asks for a reason, and keeps it with who said so")
    func discarded() throws {
      let place = try StripePlace()
      let id = try deadItem(place)
      let worker = try place.worker()
      try eventually("it is dead") { try place.waiting("x") == 1 }
      let refused = try TestWorker(["outbox", "discard", id.description], environment: place.environment())
      #expect(try refused.waitForExit() == .status(2))
      #expect(try place.waiting("x") == 1)
      try place.run("outbox", "discard", id.description, "--reason", "billed by hand")
      let row = try place.connection.query(
        "SELECT reason, settled_by FROM billing.outbox_history WHERE entry_id = \(id) AND outcome = 'x'"
      ).one()
      #expect(try row.decode(String.self, at: 0) == "billed by hand")
      #expect(try !row.decode(String.self, at: 1).isEmpty)
      #expect(try place.run("outbox", "show", id.description).contains("billed by hand"))
      #expect(place.effects().isEmpty)
      try worker.stop()
    }

    @Test("An entry that this release cannot read stops its own sequence, and nobody else's")
    func unreadable() throws {
      let place = try StripePlace()
      try place.add("acme")
      try place.add("labs")
      let strange = try place.owe("acme", place.event())
      try place.connection.update(
        "UPDATE billing.outbox_entries SET effect = '{\"from\":\"a later release\"}' WHERE entry_id = \(strange[0])")
      let ids = try place.owe("labs", place.event(), place.item()) + place.owe("acme", place.item())
      let worker = try place.worker()
      try place.awaitSettled(ids, within: 20)
      #expect(try place.waiting("q", "u", "x", "e") == 1)
      try worker.stop()
    }
  }
}
