import Billing
import JSON
import Ledger
import PostgreSQL
import TestBasics
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// Worked examples of orders, patients and charges, from the queue to the figures that a customer sees.
  @Suite("Worked examples of orders")
  struct OrderAcceptanceTests {
    /// Ended long enough ago that the next one's grace is over, at every time of day.
    private let month: CivilDate = {
      let month = Usage.longMonth
      guard month.firstOfNextMonth == Usage.now.date else { return month }
      return Usage.longMonth(before: month)
    }()

    private func at(_ day: Int, _ hour: Int = 12) -> Instant {
      month.adding(days: day).start.adding(seconds: Int64(hour) * 3600)
    }

    private func count(_ scene: Scene, _ messages: [String], records: Int, deadLetters: Int = 0) throws {
      try scene.broker.publish(messages)
      let worker = try scene.worker()
      try scene.awaitCounted(records, deadLetters: deadLetters)
      try scene.finish(worker)
      #expect(try scene.counted() == records)
      #expect(try scene.wrongTotals() == 0)
    }

    private func report(_ scene: Scene, _ company: String) throws -> JSONValue {
      let text = try scene.run(
        "orders", company, "--from", "\(month)", "--to", "\(month.firstOfNextMonth)", "--json")
      return try JSONValue.parse(Array(text.utf8))
    }

    /// Orders and amount of each category.
    private func categories(_ scene: Scene, _ company: String) throws -> [String: String] {
      guard case .array(let lines)? = try report(scene, company)["categories"] else {
        throw TestFailure("a report without categories")
      }
      var found: [String: String] = [:]
      for line in lines {
        guard case .string(let name)? = line["category"], case .number(let orders)? = line["orders"],
          case .string(let amount)? = line["amount"]
        else { throw TestFailure("a line without its fields") }
        found[name] = "\(orders) \(amount)"
      }
      return found
    }

    @Test("X-RAY, ULTRASOUND, X-RAY, MRI and CT of one group are 3 standard, 6.00, and 2 advanced, 14.00: 20.00")
    func group() throws {
      let scene = try Scene(of: .orders)
      try scene.register("group")
      let messages = ["X-RAY", "ULTRASOUND", "X-RAY", "MRI", "CT"].enumerated().map { number, modality in
        OrderEvents.order("o-\(number)", "group", at: at(number), modality: modality)
      }
      // A month later two of them are sent again: nothing more.
      let again = messages.prefix(2) + [OrderEvents.order("o-3", "group", at: at(31), modality: "X-RAY")]
      try count(scene, messages + again, records: 5)
      #expect(try categories(scene, "group") == ["standard": "3 6.00", "advanced": "2 14.00"])
      let report = try report(scene, "group")
      #expect(report["total"] == .string("20.00"))
      #expect(report["orders"] == .number("5"))
      #expect(report["unclassified"] == .number("0") && report["cancelledAfterSending"] == .number("0"))
    }

    @Test("codes decide before modalities, in whichever event they come; what nobody knows is standard, and told")
    func codes() throws {
      let scene = try Scene(of: .orders)
      var messages: [String] = []
      for code in ["71046", "73030", "74177", "77049", "70551"] {
        messages.append(OrderEvents.order("c-\(code)", "codes", at: at(3), modality: "X-RAY", code: code))
      }
      // The code comes with a later event, and after the record was made.
      messages.append(OrderEvents.order("late", "codes", at: at(3), modality: "X-RAY"))
      messages.append(OrderEvents.order("late", "codes", "order.completed", at: at(4), code: "74177"))
      messages.append(OrderEvents.order("unknown", "codes", at: at(3), modality: "Hologram"))
      // Never told of its sending; sent and cancelled; cancelled only.
      messages.append(OrderEvents.order("gap", "codes", "order.results_available", at: at(5), modality: "MR"))
      messages.append(OrderEvents.order("gone", "codes", "order.cancelled", at: at(7)))
      messages.append(OrderEvents.order("gone", "codes", at: at(6), modality: "US"))
      messages.append(OrderEvents.order("never", "codes", "order.cancelled", at: at(6), modality: "CT"))
      try count(scene, messages, records: 9)
      #expect(try categories(scene, "codes") == ["standard": "4 8.00", "advanced": "5 35.00"])
      let report = try report(scene, "codes")
      #expect(report["unclassified"] == .number("1") && report["cancelledAfterSending"] == .number("1"))
      #expect(try scene.number("SELECT count(*) FROM billing.orders") == 10)
    }

    @Test("a patient costs 2.00 once in a period and 2.00 in the next; fifteen cost 30.00")
    func patients() throws {
      let scene = try Scene(of: .orders)
      try scene.register("clinic")
      var messages = (0..<14).map { OrderEvents.patient("p-\($0)", "clinic", "activated", at: at(20)) }
      messages += (0..<14).map { OrderEvents.patient("p-\($0)", "clinic", "deactivated", at: at(25)) }
      messages += [
        OrderEvents.patient("stays", "clinic", "activated", at: at(1)),
        OrderEvents.patient("stays", "clinic", "deactivated", at: at(2)),
        OrderEvents.patient("stays", "clinic", "activated", at: at(2, 13)),
      ]
      try scene.broker.publish(messages.map { Array($0.utf8) }, routingKey: "patient.activated")
      try count(scene, messages.reversed(), records: 15)
      func usage(_ day: CivilDate) throws -> JSONValue {
        try JSONValue.parse(Array(try scene.run("usage", "clinic", "--period", "\(day)", "--json").utf8))
      }
      #expect(try usage(month)["usageCost"] == .string("30.00"))
      // After the grace of this period: the next one, and each begun since, for who is still active; once.
      for _ in 0..<2 { try scene.run("billing-run") }
      #expect(try usage(month)["usageCost"] == .string("30.00"))
      #expect(try usage(month.firstOfNextMonth)["usageCost"] == .string("2.00"))
      try scene.run("verify")
    }

    @Test("a charge is made once; bad events become dead letters with their reasons, their neighbours are unharmed")
    func chargesAndBad() throws {
      let scene = try Scene(of: .orders)
      try scene.register("acme")
      let bad = [
        OrderEvents.charge("c-2", "acme", currency: "eur"), OrderEvents.charge("c-3", "acme", kind: "tip"),
        OrderEvents.charge("c-4", "acme", "-1.00"), OrderEvents.order("o", "acme", "order.lost"), "not JSON",
      ]
      try scene.broker.publish([Array(OrderEvents.charge("c-1", "acme").utf8)], routingKey: "charge.created")
      let good = [OrderEvents.charge("c-1", "acme"), OrderEvents.order("o-1", "acme", modality: "CT")]
      try count(scene, bad + good, records: 1, deadLetters: bad.count)
      #expect(try scene.number("SELECT count(*) FROM billing.charges") == 1)
      #expect(try scene.number("SELECT minor_units FROM billing.charges") == 5000)
      let dead = try scene.broker.takeAll(from: scene.broker.deadLetterQueue)
      #expect(Set(dead.map(\.text)) == Set(bad))
      let reasons = Dictionary(uniqueKeysWithValues: dead.map { ($0.text, $0.header("x-reason")) })
      #expect(
        bad.map { reasons[$0] ?? nil } == [
          "wrong_currency", "unknown_charge_kind", "out_of_range", "unknown_type", "malformed_json",
        ])
      #expect(dead.allSatisfy { $0.header("x-original-queue") == scene.broker.queue })
    }

    @Test("keys rotated in the middle of a run, replica by replica, bill nothing twice")
    func keys() throws {
      let scene = try Scene(["BATCH_SIZE": "50"], of: .orders)
      let old = "1:\(String(repeating: "0123456789abcdef", count: 4))"
      let new = "2:\(String(repeating: "fedcba9876543210", count: 4))"
      func messages(_ type: String, day: Int) -> [String] {
        (0..<200).flatMap {
          [
            OrderEvents.order("o-\($0)", "clinic", type, at: at(day), modality: "CT"),
            OrderEvents.patient("o-\($0)", "clinic", "activated", at: at(day)),
            OrderEvents.charge("o-\($0)", "clinic"),
          ]
        }
      }
      try scene.broker.publish(messages("order.completed", day: 9).shuffled())
      // Made known first, behind the one in use; then in front, while a replica with the former order goes on.
      let (behind, inFront) = (["PATIENT_REFERENCE_KEY": "\(old),\(new)"], ["PATIENT_REFERENCE_KEY": "\(new),\(old)"])
      let first = try scene.worker(behind)
      let second = try scene.worker(inFront)
      try scene.broker.publish(messages("order.scheduled", day: 8).shuffled())
      try eventually("all orders are there") { try scene.number("SELECT count(*) FROM billing.orders") == 200 }
      try first.stop()
      try scene.finish(second, inFront)
      // The old one is gone.
      let alone = ["PATIENT_REFERENCE_KEY": new]
      try scene.broker.publish(messages("order.results_available", day: 10).shuffled())
      try scene.finish(try scene.worker(alone), alone)
      #expect(try scene.counted() == 400)
      #expect(try scene.number("SELECT count(*) FROM billing.charges") == 200)
      #expect(try scene.number("SELECT count(*) FROM billing.orders WHERE sent_at = \(at(8))") == 200)
      #expect(try scene.wrongTotals() == 0)
    }

    @Test("people's identifiers are in no table, log or dead letter's header, and erasing takes them from a file")
    func privacy() throws {
      let scene = try Scene(["LOG_LEVEL": "trace"], of: .orders)
      try scene.register("clinic")
      let secret = "078-05-1120"
      let messages = [
        OrderEvents.order("MRN-\(secret)", "clinic", at: at(3), modality: secret, code: secret, event: "e-\(secret)"),
        OrderEvents.patient(secret, "clinic", "activated", at: at(3)), OrderEvents.charge(secret, "clinic"),
        OrderEvents.patient(secret, "clinic", "deactivated", at: at(4)),
      ]
      try scene.broker.publish(messages + [OrderEvents.charge("c-\(secret)", "clinic", kind: secret)])
      let worker = try scene.worker()
      try scene.awaitCounted(2, deadLetters: 1)
      try eventually("nothing is ready") { try scene.broker.waiting() == 0 }
      try worker.stop()
      #expect(!worker.standardError.contains(secret))
      let dead = try #require(try scene.broker.takeAll(from: scene.broker.deadLetterQueue).first)
      #expect(dead.properties.headers.values.allSatisfy { $0.stringValue?.contains(secret) != true })
      let tables = try scene.connection.query(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'billing'")
      for row in tables {
        let table = try row.decode(String.self, at: 0)
        let found = try scene.connection.executeReturningLast(
          "SELECT count(*) FROM billing.\(table) AS t WHERE t::text LIKE '%\(secret)%'"
        ).one().decode(Int64.self, at: 0)
        #expect(found == 0, "\(table)")
      }
      // Erased once its period is closed, and not before.
      let folder = try TemporaryFolder()
      let path = try folder.write("\(secret)\n", to: "subject")
      #expect(throws: TestFailure.self) { try scene.run("privacy", "erase", "--company", "clinic", "--subject", path) }
      _ = try scene.connection.update("UPDATE billing.billing_periods SET closed_at = now()")
      let erased = try scene.run("privacy", "erase", "--company", "clinic", "--subject", path, "--json")
      #expect(try JSONValue.parse(Array(erased.utf8))["mappings"] == .number("1"))
      #expect(try scene.number("SELECT count(*) FROM billing.subjects WHERE kind = 'p'") == 0)
      try scene.run("verify")
    }
  }
}
