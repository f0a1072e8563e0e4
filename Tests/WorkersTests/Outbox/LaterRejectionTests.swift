import Billing
import JSON
import Outbox
import StripeSimulator
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// A 2xx for a meter event does not say that it is counted: Stripe tells later, by an event of its own.
  @Suite("Meter events that Stripe takes and rejects later")
  struct LaterRejectionTests {
    private static let endpoint = "POST /v1/billing/meter_events"

    private func place(_ variables: [String: String] = [:]) throws -> StripePlace {
      try StripePlace(["STRIPE_REJECTIONS_SECONDS": "1"].merging(variables) { $1 })
    }

    /// What Stripe counts, by customer.
    private func counted(_ place: StripePlace) -> [String: Int] {
      place.simulator.effects.meterEvents.reduce(into: [:]) { sums, event in
        if event.error == nil { sums[event.customer ?? "", default: 0] += Int(event.value) ?? 0 }
      }
    }

    private func awaitReopened(_ place: StripePlace, _ count: Int) throws {
      try eventually("\(count) are dead") {
        try place.number("SELECT count(*) FROM billing.outbox_history WHERE outcome = 'r'") == count
      }
    }

    private func dead(_ place: StripePlace) throws -> [String] {
      try place.connection.query(
        "SELECT entry_id::text FROM billing.outbox_entries WHERE state <> 'q' AND state = 'x' ORDER BY entry_no"
      ).map { try $0.decode(String.self, at: 0) }
    }

    @Test("The rejected one and no other is dead; mended and retried, it is counted, once", arguments: [false, true])
    func rejected(isStreaming: Bool) throws {
      let place = try place(["STRIPE_METER_STREAM": isStreaming ? "true" : "false"])
      try place.add("acme")
      try place.add("labs")
      let kept = try place.owe("labs", place.event(value: 5))
      let worker = try place.worker()
      try place.awaitSettled(kept)
      var fault = Fault(.rejectedLater)
      fault.code = "meter_event_customer_not_found"
      let endpoint = isStreaming ? "POST /v2/billing/meter_event_stream" : Self.endpoint
      place.simulator.faults.add(FaultRule(.next(1), of: endpoint, [fault]))
      let ids = try place.owe("acme", place.event(value: 7))
      try awaitReopened(place, 1)
      try place.awaitSettled(ids)
      #expect(try place.settled(ids[0]) == "r")
      #expect(try place.settled(kept[0]) == "d")
      let later = try place.owe("acme", place.event(value: 3))
      try place.awaitSettled(later)
      let dead = try dead(place)
      #expect(dead.count == 1 && dead != [ids[0].description])
      let list = try place.run("outbox", "list", "--state", "dead", "--json")
      #expect(list.contains(dead[0]) && list.contains("meter_event_customer_not_found"))
      #expect(try place.run("outbox", "show", ids[0].description).contains(dead[0]))
      let reports = try place.run("outbox", "rejections")
      #expect(reports.contains("meter_event_customer_not_found") && reports.contains("evt_"))
      let document = try JSONValue.parse(Array(place.run("outbox", "rejections", "--json").utf8))
      guard case .array(let listed)? = document["reports"], case .number(let reopened)? = listed.first?["reopened"]
      else { throw TestFailure("no reports: \(document)") }
      #expect(listed.count == 1 && reopened == "1")
      #expect(counted(place).values.sorted() == [3, 5])
      try place.run("outbox", "retry", "--all-dead")
      try eventually("it is delivered") { try place.waiting("q", "u", "x", "e") == 0 }
      #expect(counted(place).values.sorted() == [5, 10])
      // Later readings of the same reports do nothing more.
      let read = place.received("GET /v2/core/events")
      try eventually("reports are read again") { place.received("GET /v2/core/events") > read + 1 }
      #expect(try place.waiting("q", "u", "x", "e") == 0)
      #expect(counted(place).values.sorted() == [5, 10])
      #expect(place.received("GET /v2/core/events/*") == 1)
      #expect(place.simulator.effects.violations == 0)
      try worker.stop()
    }

    @Test(
      "Killed between reading a report and committing, a worker has done nothing; the next one does it, once",
      arguments: [OutboxFailpoint.afterReport, OutboxStep.beforeReopenCommit])
    func killed(at step: StaticString) throws {
      let place = try place()
      try place.add("acme")
      place.simulator.faults.add(FaultRule(.next(2), of: Self.endpoint, [Fault(.rejectedLater)]))
      let ids = try place.owe("acme", place.event(value: 7), place.event(value: 4), place.event(value: 1))
      // One that has asked when there was nothing yet.
      let sender = try place.worker(["STRIPE_REJECTIONS_SECONDS": "3600"])
      try place.awaitSettled(ids)
      try sender.stop()
      try place.die(at: step)
      #expect(try place.number("SELECT count(*) FROM billing.stripe_rejections") == 0)
      let heirs = [try place.worker(), try place.worker()]
      try awaitReopened(place, 2)
      #expect(try dead(place).count == 2)
      try place.run("outbox", "retry", "--all-dead")
      try eventually("both are delivered") { try place.waiting("q", "u", "x", "e") == 0 }
      #expect(counted(place).values.sorted() == [12])
      for heir in heirs { try heir.stop() }
    }

    @Test("An answer that is lost and a report that comes before the retry: the retry is not taken for delivered")
    func lostAnswer() throws {
      let place = try place()
      try place.add("acme")
      // Taken and rejected; then the worker dies before it has settled.
      place.simulator.faults.add(FaultRule(.next(1), of: Self.endpoint, [Fault(.rejectedLater)]))
      let ids = try place.owe("acme", place.event(value: 7))
      try place.die(at: OutboxFailpoint.afterAnswer)
      // Else the retry might come first; then nothing is certain.
      try place.run("outbox", "pause")
      let worker = try place.worker()
      try awaitReopened(place, 1)
      try place.run("outbox", "resume")
      try place.awaitSettled(ids)
      #expect(try place.settled(ids[0]) == "r")
      try place.run("outbox", "retry", "--all-dead")
      try eventually("it is delivered") { try place.waiting("q", "u", "x", "e") == 0 }
      #expect(counted(place).values.sorted() == [7])
      try worker.stop()
    }

    @Test("Of more reports than a page has, none is missed; Stripe's absence is waited out")
    func pages() throws {
      let place = try place()
      try place.add("acme")
      place.simulator.faults.add(FaultRule(.next(110), of: Self.endpoint, [Fault(.rejectedLater)]))
      place.simulator.faults.add(
        FaultRule(.next(3), of: "GET /v2/core/events", [Fault(.serverError), Fault(.answerLost), Fault(.malformed)]))
      place.simulator.faults.add(
        FaultRule(.next(3), of: "GET /v2/core/events/*", [Fault(.malformed), Fault(.rateLimited), Fault(.reset)]))
      let ids = try place.owe("acme", (0..<115).map { _ in try place.event(value: 1) })
      let worker = try place.worker()
      try place.awaitSettled(ids)
      // Fewer where a call had to be repeated: that takes a fault, too.
      let rejected = place.simulator.effects.meterEvents.count { $0.error != nil }
      #expect(rejected > 100)
      try awaitReopened(place, rejected)
      try place.run("outbox", "retry", "--all-dead")
      try eventually("all are delivered") { try place.waiting("q", "u", "x", "e") == 0 }
      #expect(counted(place).values.sorted() == [115])
      #expect(try place.number("SELECT count(DISTINCT event_id) FROM billing.stripe_rejections") == rejected)
      try worker.stop()
    }

    @Test("Those that Stripe does not name are counted and listed, and nothing else is done")
    func unnamed() throws {
      let place = try place()
      try place.post("/_simulator/settings", #"{"error_report_samples": 1, "error_report_delay_seconds": 60}"#)
      try place.add("acme")
      place.simulator.faults.add(FaultRule(.next(3), of: Self.endpoint, [Fault(.rejectedLater)]))
      let ids = try place.owe("acme", place.event(value: 1), place.event(value: 2), place.event(value: 4))
      let worker = try place.worker()
      try place.awaitSettled(ids)
      place.simulator.clock.advance(by: .seconds(61))
      try awaitReopened(place, 1)
      #expect(try place.number("SELECT sum(unnamed)::bigint FROM billing.stripe_rejections") == 2)
      #expect(try place.number("SELECT count(*) FROM billing.outbox_history WHERE outcome = 'd'") == 2)
      #expect(try dead(place).count == 1)
      let reports = try place.run("outbox", "rejections", "--json")
      #expect(reports.filter { !" \n".contains($0) }.contains(#""reopened":1,"notReopened":0,"notNamed":2"#))
      try worker.stop()
      #expect(worker.standardError.contains("unnamed"))
    }

    @Test("One report that cannot be had does not keep the others from being taken; the reading is not complete")
    func failing() throws {
      let place = try place()
      try place.add("acme")
      place.simulator.faults.add(FaultRule(.next(2), of: Self.endpoint, [Fault(.rejectedLater)]))
      let ids = try place.owe("acme", place.event(value: 7), place.event(value: 4))
      let sender = try place.worker(["STRIPE_REJECTIONS_SECONDS": "3600"])
      try place.awaitSettled(ids)
      try sender.stop()
      try place.connection.execute("UPDATE billing.stripe_rejections_reading SET read_to = now() - interval '2 days'")
      // One pass, in which the first of both cannot be read.
      place.simulator.faults.add(FaultRule(.next(1), of: "GET /v2/core/events/*", [Fault(.malformed)]))
      let worker = try place.worker(["STRIPE_REJECTIONS_SECONDS": "3600"])
      try awaitReopened(place, 1)
      try worker.stop()
      #expect(try place.number("SELECT count(*) FROM billing.stripe_rejections") == 1)
      #expect(
        try place.number(
          "SELECT count(*) FROM billing.stripe_rejections_reading WHERE read_to < now() - interval '1 day'") == 1)
      let heir = try place.worker()
      try awaitReopened(place, 2)
      try heir.stop()
    }

    @Test("Nothing of what Stripe says in words is logged or kept; only codes, counts and names that it gave")
    func words() throws {
      let place = try place()
      try place.add("acme")
      place.simulator.faults.add(FaultRule(.next(1), of: Self.endpoint, [Fault(.rejectedLater)]))
      try place.owe("acme", place.event(value: 7))
      let worker = try place.worker()
      try awaitReopened(place, 1)
      try worker.stop()
      let told = place.simulator.effects.requests.map { String(decoding: $0.answer, as: UTF8.self) }.joined()
      let phrases = ["The meter of this event", "is archived.", "invalid event"]
      for phrase in phrases { #expect(told.contains(phrase)) }
      var kept = worker.standardError + worker.standardOutput
      for table: StaticString in ["stripe_rejections", "outbox_entries", "outbox_history", "outbox_keys"] {
        kept += try place.connection.query(
          "SELECT coalesce(string_agg(to_json(t)::text, ' '), '') FROM billing.\(unescaped: table) t"
        ).one().decode(String.self, at: 0)
      }
      for phrase in phrases { #expect(!kept.contains(phrase)) }
      #expect(kept.contains("archived_meter"))
      #expect(worker.standardError.contains("Stripe does not count meter events that it took"))
    }
  }
}
