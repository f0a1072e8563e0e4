import Outbox
import StripeSimulator
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Whatever Stripe does, nothing dies of it, and everything is there once in the end")
  struct StripeOutageTests {
    private func owe(_ place: StripePlace, companies: Int = 5) throws -> [EntryID] {
      var ids: [EntryID] = []
      for number in 0..<companies {
        try place.add("acme-\(number)")
        ids += try place.owe(
          "acme-\(number)", place.event(), place.event(), place.event("storage"), place.item(), place.item())
      }
      return ids
    }

    /// What would take minutes.
    private func hurry(_ place: StripePlace, _ ids: [EntryID], within seconds: Int = 60) throws {
      try eventually("all are settled", within: seconds) {
        try place.connection.execute("UPDATE billing.outbox_keys SET due_at = now() WHERE state = 'd'")
        let done = try place.number("SELECT count(*) FROM billing.outbox_history WHERE entry_id = ANY (\(ids))")
        return done == ids.count
      }
    }

    @Test("A key that is refused for a while kills nothing", arguments: [false, true])
    func keyRefused(isStreaming: Bool) throws {
      let place = try StripePlace(["STRIPE_METER_STREAM": isStreaming ? "true" : "false"])
      let ids = try owe(place)
      place.simulator.faults.add(FaultRule(.share(millionths: 1_000_000, seed: 1), [Fault(.unauthorized)]))
      let worker = try place.worker()
      try eventually("calls are refused") { (place.simulator.faults.counts[.unauthorized] ?? 0) > 6 }
      #expect(place.effects().isEmpty)
      place.simulator.faults.clear()
      try hurry(place, ids)
      #expect(try place.waiting("q", "u", "x", "e") == 0)
      place.expectOnce(ids)
      #expect(!worker.standardError.contains(StripePlace.key))
      try worker.stop()
    }

    @Test("Stripe is away, and back", arguments: [false, true])
    func away(isStreaming: Bool) throws {
      let place = try StripePlace(["STRIPE_METER_STREAM": isStreaming ? "true" : "false"])
      let proxy = try TCPProxy(to: Endpoint(host: "127.0.0.1", port: place.simulator.port))
      let address = "http://127.0.0.1:\(proxy.endpoint.port)"
      let ids = try owe(place)
      proxy.refuse()
      let worker = try place.worker(["STRIPE_API_BASE": address, "STRIPE_METER_EVENTS_BASE": address])
      try eventually("it was tried") {
        try place.number("SELECT count(*) FROM billing.outbox_entries WHERE attempts > 1") > 2 || isStreaming
      }
      #expect(place.effects().isEmpty)
      #expect(try place.waiting("u", "x", "e") == 0)
      proxy.allow()
      try hurry(place, ids)
      place.expectOnce(ids)
      try worker.stop()
    }

    @Test("Rate limits slow it down, and lose nothing")
    func limited() throws {
      let place = try StripePlace()
      let ids = try owe(place, companies: 20)
      place.simulator.faults.add(
        FaultRule(.share(millionths: 500_000, seed: 5), [Fault(.rateLimited)]))
      let worker = try place.worker()
      try hurry(place, ids)
      place.expectOnce(ids)
      #expect((place.simulator.faults.counts[.rateLimited] ?? 0) > 0)
      #expect(try place.waiting("q", "u", "x", "e") == 0)
      try worker.stop()
    }

    @Test("The stream's session ends mid-way: another is asked for, and no event is lost or counted twice")
    func sessionEnds() throws {
      let place = try StripePlace(["STRIPE_METER_STREAM": "true", "STRIPE_METER_STREAM_RATE": "200"])
      var ids: [EntryID] = []
      for number in 0..<20 {
        try place.add("acme-\(number)")
        ids += try place.owe("acme-\(number)", (0..<20).map { _ in try place.event() })
      }
      let worker = try place.worker()
      try eventually("some are there") { place.simulator.effects.meterEvents.count > 50 }
      #expect(place.simulator.effects.meterEvents.count < ids.count)
      place.simulator.clock.advance(by: .seconds(16 * 60))
      try hurry(place, ids)
      place.expectOnce(ids)
      #expect(place.received("POST /v2/billing/meter_event_session") > 1)
      try worker.stop()
    }

    @Test("One event that Stripe refuses does not keep the others of its request from being delivered")
    func oneBadEvent() throws {
      let place = try StripePlace(["STRIPE_METER_STREAM": "true"])
      var ids: [EntryID] = []
      for number in 0..<9 {
        try place.add("acme-\(number)")
        ids += try place.owe("acme-\(number)", (0..<10).map { _ in try place.event() })
      }
      try place.add("bad")
      // Longer than the stream takes.
      let customer = "cus_" + String(repeating: "x", count: 200)
      try place.connection.update(
        "UPDATE billing.companies SET stripe_customer = \(customer) WHERE company_id = 'bad'")
      let bad = try place.owe("bad", place.event())
      let worker = try place.worker()
      try place.awaitSettled(ids)
      let counts = place.effects()
      #expect(ids.allSatisfy { counts[$0.description] == 1 })
      // Taken, and found wrong later, as Stripe does it.
      try place.awaitSettled(bad)
      #expect(place.simulator.effects.meterEvents.count { $0.error != nil } == 1)
      try worker.stop()
    }

    @Test("An answer that comes after the time-out leads to one effect, and to no second call beside it")
    func slowerThanTheTimeout() throws {
      let place = try StripePlace(["STRIPE_TIMEOUT_SECONDS": "1", "OUTBOX_LEASE_SECONDS": "7"])
      let ids = try owe(place)
      var late = Fault(.slow)
      late.delay = .milliseconds(1500)
      var lateEffect = late
      lateEffect.isAfterEffect = false
      place.simulator.faults.add(FaultRule(.next(12), [late, lateEffect]))
      let worker = try place.worker()
      try place.awaitSettled(ids)
      place.expectOnce(ids)
      #expect(place.simulator.effects.violations == 0)
      try worker.stop()
    }

    @Test("A company with twenty thousand entries does not delay a hundred others")
    func fairness() throws {
      let place = try StripePlace(["STRIPE_METER_RATE": "300"])
      try place.add("big")
      try place.owe("big", (0..<10_000).map { _ in try place.event() })
      try place.owe("big", (0..<10_000).map { _ in try place.event("storage") })
      var ids: [EntryID] = []
      for number in 0..<100 {
        try place.add("small-\(number)")
        ids += try place.owe("small-\(number)", place.event(), place.event(), place.item())
      }
      let worker = try place.worker()
      try place.awaitSettled(ids)
      // Two sequences among a hundred and two had two turns or so for each of the others'.
      #expect(try place.number("SELECT count(*) FROM billing.outbox_history WHERE company_id = 'big'") < 300)
      try worker.stop()
    }
  }
}
