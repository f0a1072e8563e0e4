import JSON
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Bad messages")
  struct BadMessageTests {
    /// Judged as the worker will: by today's clock, so without the kinds that depend on the day the fixtures were made.
    private static func fixtures() throws -> [Fixture] {
      try Fixture.load("bad.jsonl").filter { fixture in
        let reason = fixture.text("reason")
        return reason != "too_early" && (reason != "too_old" || fixture.name.contains("0001"))
      }
    }

    /// A catalog with a metric that counts subjects, as the fixtures want it.
    private func applyCatalog(_ scene: Scene) throws {
      let metric = #""metrics": [{"name":"patient_seen","unit":"patient","source":"message","aggregation":"unique"},"#
      _ = try scene.connection.update(
        """
        INSERT INTO billing.catalog_versions (version, document, applied_by)
        SELECT version + 1, regexp_replace(document, '"metrics"\\s*:\\s*\\[', \(metric)), 'test'
        FROM billing.catalog_versions ORDER BY version DESC LIMIT 1
        """)
      _ = try scene.connection.update("UPDATE billing.registry_version SET version = version + 1")
    }

    @Test("every kind becomes a dead letter that names field and rule, byte by byte as it came; its neighbours count")
    func everyKind() throws {
      // The fixtures are of January 2025.
      let scene = try Scene(["MAX_USAGE_AGE": "3650", "LOG_LEVEL": "trace", "BATCH_SIZE": "500"])
      try applyCatalog(scene)
      let now = Usage.now
      var kinds = try Self.fixtures().map { (body: $0.body, reason: $0.text("reason"), field: $0.text("field")) }
      kinds.append(
        (Array(Usage.recorded("early", "acme", at: now.adding(seconds: 900)).utf8), "too_early", "timestamp"))
      kinds.append((Array(Usage.recorded("old", "acme", at: now.adding(days: -3_700)).utf8), "too_old", "timestamp"))
      #expect(kinds.count >= 60)
      let worker = try scene.worker()
      for (index, kind) in kinds.enumerated() {
        try scene.broker.publish([kind.body, Array(Usage.recorded("good-\(index)", "neighbour").utf8)])
      }
      try scene.awaitCounted(kinds.count, deadLetters: kinds.count)
      try scene.finish(worker)
      #expect(try scene.wrongTotals() == 0)

      var letters: [[UInt8]: [TestBroker.Letter]] = [:]
      for letter in try scene.broker.takeAll(from: scene.broker.deadLetterQueue) {
        letters[letter.body, default: []].append(letter)
      }
      for kind in kinds {
        let found = letters[kind.body]?.popLast()
        let letter = try #require(found, "no dead letter for \(kind.reason ?? "")")
        let headers = letter.properties.headers
        if kind.body.count > MessageLimits.maximumBodyBytes {
          // Never held by the worker: the broker's own word stands for the reason.
          let death = headers["x-death"]?.arrayValue?.first?.tableValue
          #expect(death?["reason"]?.stringValue == "rejected")
          continue
        }
        #expect(letter.header("x-reason") == kind.reason)
        #expect(letter.header("x-detail")?.hasPrefix("\(kind.field ?? "?"): ") == true)
        #expect(letter.header("x-original-queue") == scene.broker.queue)
        #expect(letter.header("x-rejected-at")?.hasPrefix(Usage.now.date.description.prefix(4)) == true)
        expectNothingOf(kind.body, in: [letter.header("x-detail") ?? "", letter.header("x-reason") ?? ""])
      }
      #expect(letters.values.allSatisfy { $0.isEmpty })
      // Values of the fixtures; company ids and metrics are no secret.
      for text in ["u-1", "order\"", "4711", "good-"] { #expect(!worker.standardError.contains(text), "\(text)") }
    }

    /// No text value of a message, of more than a few letters, stands in what is said about it.
    private func expectNothingOf(_ body: [UInt8], in texts: [String]) {
      guard let message = try? JSONValue.parse(body), case .object(let fields) = message else { return }
      for (_, value) in fields {
        // Words that stand in the rules themselves say nothing.
        guard case .string(let text) = value, text.utf8.count > 3, text != "order", text != "early" else { continue }
        #expect(texts.allSatisfy { !$0.contains(text) }, "\(text) in \(texts)")
      }
    }

    @Test("1e2 and \"1.50\" count as 100 and 1.5")
    func writtenOtherwise() throws {
      let scene = try Scene()
      let worker = try scene.worker()
      try scene.broker.publish([
        Usage.recorded("a", "acme").replacing(#""quantity":1"#, with: #""quantity":1e2"#),
        Usage.recorded("b", "acme").replacing(#""quantity":1"#, with: #""quantity":"1.50""#),
      ])
      try scene.awaitCounted(2)
      try worker.stop()
      #expect(try scene.number("SELECT (quantity * 10)::bigint FROM billing.usage_periods") == 1_015)
    }

    @Test(
      "where no queue takes dead letters, the bad message stays and its neighbours count; it goes when a queue is there"
    )
    func noDeadLetterQueue() throws {
      let scene = try Scene(["TOPOLOGY": "passive"])
      let worker = try scene.worker()
      try scene.broker.publish(Usage.orders(20, "acme", stem: "before"))
      try scene.awaitCounted(20)
      try scene.broker.deleteQueue(scene.broker.deadLetterQueue)
      try scene.broker.publish(["not JSON"] + Usage.orders(20, "acme"))
      try scene.awaitCounted(40)
      try eventually("the worker says so") { worker.standardError.contains("no queue takes dead letters") }
      try scene.broker.declare()
      try scene.awaitCounted(40, deadLetters: 1)
      try scene.finish(worker)
      #expect(try scene.broker.takeAll(from: scene.broker.deadLetterQueue).map(\.text) == ["not JSON"])
    }
  }
}
