import Billing
import JSON
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// Worked examples, from the queue to the figures that a customer sees.
  @Suite("Worked examples")
  struct AcceptanceTests {
    /// What `usage COMPANY --json` says of the period that contains the day.
    private func usage(_ scene: Scene, _ company: String, on day: CivilDate) throws -> JSONValue {
      try JSONValue.parse(Array(try scene.run("usage", company, "--period", day.description, "--json").utf8))
    }

    /// The cost of each metric in it.
    private func costs(_ scene: Scene, _ company: String, on day: CivilDate) throws -> [String: String] {
      guard case .array(let lines)? = try usage(scene, company, on: day)["metrics"] else {
        throw TestFailure("a usage report without metrics")
      }
      var costs: [String: String] = [:]
      for line in lines {
        guard case .string(let metric)? = line["metric"], case .string(let cost)? = line["cost"] else {
          throw TestFailure("a line without metric or cost")
        }
        costs[metric] = cost
      }
      return costs
    }

    private func count(_ scene: Scene, _ messages: [String]) throws {
      try scene.broker.publish(messages)
      let worker = try scene.worker()
      try scene.awaitCounted(messages.count)
      try scene.finish(worker)
      #expect(try scene.wrongTotals() == 0)
    }

    @Test("the example month comes to 279.50, and to 478.50 with the base fee")
    func exampleMonth() throws {
      let scene = try Scene()
      try scene.register("optical-labs")
      let month = Usage.longMonth
      func at(_ day: Int) -> Instant { month.adding(days: day % 31).start.adding(seconds: 43_200) }
      var messages = (0..<1250).map { Usage.recorded("o-\($0)", "optical-labs", at: at($0)) }
      messages += (0..<980).map { Usage.recorded("i-\($0)", "optical-labs", "invoice", at: at($0)) }
      messages += (0..<31).map { Usage.recorded("s-\($0)", "optical-labs", "storage", quantity: 15 + $0, at: at($0)) }
      messages += (0..<5000).map { Usage.recorded("c-\($0)", "optical-labs", "api_call", quantity: 10, at: at($0)) }
      messages += (0..<120).map { Usage.recorded("j-\($0)", "optical-labs", "ai_job", at: at($0)) }
      try count(scene, messages)
      let costs = try costs(scene, "optical-labs", on: month)
      #expect(
        costs == ["order": "125.00", "invoice": "49.00", "storage": "45.00", "api_call": "0.50", "ai_job": "60.00"])
      let report = try usage(scene, "optical-labs", on: month)
      #expect(report["usageCost"] == .string("279.50"))
      #expect(report["baseFee"] == .string("199.00"))
      #expect(report["total"] == .string("478.50"))
    }

    @Test("five orders cost 0.50 and ten 1.00; a single API call costs 0.00001 and is not rounded before it is summed")
    func smallAmounts() throws {
      let scene = try Scene()
      let month = Usage.now.date.firstOfMonth
      let calls = (0..<1500).map { Usage.recorded("c-\($0)", "callers", "api_call") }
      try count(
        scene, Usage.orders(5, "five") + Usage.orders(10, "ten") + calls + [Usage.recorded("c", "one", "api_call")])
      #expect(try costs(scene, "five", on: month) == ["order": "0.50"])
      #expect(try costs(scene, "ten", on: month) == ["order": "1.00"])
      #expect(try costs(scene, "one", on: month) == ["api_call": "0.00"])
      // 1,500 × 0.00001 is 0.015; rounded one by one they would come to nothing.
      #expect(try costs(scene, "callers", on: month) == ["api_call": "0.02"])
    }

    @Test("7,999 orders announce nothing, one more announces a warning at 0.8")
    func oneMore() throws {
      let scene = try Scene()
      try scene.register("acme")
      try scene.broker.publish(Usage.orders(7_999, "acme"))
      let worker = try scene.worker()
      try scene.awaitCounted(7_999)
      #expect(try scene.number("SELECT count(*) FROM billing.alerts") == 0)
      try scene.broker.publish([Usage.recorded("one-more", "acme")])
      try scene.awaitCounted(8_000)
      try scene.awaitPublished()
      try worker.stop()
      let alerts = try scene.alerts()
      #expect(alerts.count == 1)
      let alert = try #require(alerts.first)
      #expect(alert.level == "0.8" && alert.severity == "warning" && alert.currentUsage == "8000")
      #expect(alert.estimatedCost == "800.00" && alert.threshold == "10000" && alert.company == "acme")
    }

    @Test("from 0 to 12,000 orders in one batch: a warning at 0.8, then an alert at 1, once each")
    func jump() throws {
      let scene = try Scene()
      try scene.register("acme")
      try scene.broker.publish([Usage.recorded("many", "acme", quantity: 12_000)])
      let worker = try scene.worker()
      try scene.awaitCounted(1)
      try scene.awaitPublished()
      // Again, and more: nothing is announced twice.
      try scene.broker.publish([Usage.recorded("many", "acme", quantity: 12_000), Usage.recorded("more", "acme")])
      try scene.awaitCounted(2)
      try worker.stop()
      try scene.awaitPublished()
      let alerts = try scene.alerts()
      #expect(alerts.map(\.level) == ["0.8", "1"])
      #expect(alerts.map(\.severity) == ["warning", "alert"])
      #expect(alerts.allSatisfy { $0.currentUsage == "12000" && $0.estimatedCost == "1200.00" })
      #expect(Set(alerts.map(\.messageID)).count == 2)
    }

    @Test("fifty assessments are included, each further one costs 10.00, over all days and however often one asks")
    func assessments() throws {
      let scene = try Scene()
      let month = Usage.longMonth
      var messages: [String] = []
      for (company, number) in [("fifty", 50), ("fifty-one", 51), ("sixty", 60)] {
        try scene.register(company, plan: "business")
        messages += (0..<number).map { Usage.recorded("a-\($0)", company, "assessment", at: month.start) }
      }
      try scene.register("two-days", plan: "business")
      messages += (0..<60).map {
        Usage.recorded("a-\($0)", "two-days", "assessment", at: month.adding(days: $0 < 40 ? 3 : 9).start)
      }
      try count(scene, messages)
      for _ in 0..<2 {
        #expect(try costs(scene, "fifty", on: month) == ["assessment": "0.00"])
        #expect(try costs(scene, "fifty-one", on: month) == ["assessment": "10.00"])
        #expect(try costs(scene, "sixty", on: month) == ["assessment": "100.00"])
        #expect(try costs(scene, "two-days", on: month) == ["assessment": "100.00"])
      }
    }

    @Test("calls of 15, 0, 90, 120 and 1,800 seconds cost 0.05, 0.05, 0.15, 0.20 and 3.00")
    func calls() throws {
      let scene = try Scene()
      let prices = [15: "0.05", 0: "0.05", 90: "0.15", 120: "0.20", 1_800: "3.00"]
      try count(scene, prices.keys.map { Usage.recorded("call", "caller-\($0)", "call_seconds", quantity: $0) })
      for (seconds, price) in prices {
        let month = Usage.now.date.firstOfMonth
        #expect(try costs(scene, "caller-\(seconds)", on: month) == ["call_seconds": price])
      }
    }

    @Test("45 GB sampled on 31 days cost 45.00")
    func storage() throws {
      let scene = try Scene()
      let month = Usage.longMonth
      try count(
        scene,
        (0..<31).map { Usage.recorded("s-\($0)", "store", "storage", quantity: 45, at: month.adding(days: $0).start) })
      #expect(try costs(scene, "store", on: month) == ["storage": "45.00"])
    }

    @Test(
      "neither a subject nor a patient's name and number in the metadata is in threshold messages, logs or the ledger's keys"
    )
    func privacy() throws {
      let scene = try Scene(["LOG_LEVEL": "trace"])
      try scene.register("clinic", orderThreshold: 10)
      let person =
        #","subjectId":"MRN-4711-Quux","userId":"dr.zebra","metadata":{"patient":"Xaver Quux","mrn":"MRN-4711-Quux"}"#
      let worker = try scene.worker()
      try scene.broker.publish([
        Usage.recorded("o-1", "clinic", quantity: 12, extra: person),
        Usage.recorded("o-2", "clinic", quantity: 1, extra: person).replacing(#""order""#, with: #""Xaver Quux""#),
      ])
      try scene.awaitCounted(1, deadLetters: 1)
      try scene.awaitPublished()
      try worker.stop()
      let letters = try scene.broker.takeAll(from: scene.subscriber)
      #expect(letters.count == 2)
      let dead = try #require(try scene.broker.takeAll(from: scene.broker.deadLetterQueue).first)
      for secret in ["4711", "Quux", "zebra"] {
        #expect(letters.allSatisfy { !$0.text.contains(secret) && !"\($0.properties)".contains(secret) })
        #expect(!"\(dead.properties)".contains(secret))
        #expect(!worker.standardError.contains(secret))
        let pattern = "%\(secret)%"
        #expect(
          try scene.number(
            """
            SELECT count(*) FROM billing.usage_records r
            WHERE (to_jsonb(r) - 'metadata')::text LIKE \(pattern)
              OR encode(user_pseudonym || subject_pseudonym, 'escape') LIKE \(pattern)
            """) == 0)
      }
    }
  }
}
