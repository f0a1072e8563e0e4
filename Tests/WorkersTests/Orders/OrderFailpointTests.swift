import Ledger
import TestBasics
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// An order worker dies, or loses its database, at each step; another one goes on.
  @Suite("Failpoints of the order worker")
  struct OrderFailpointTests {
    static let steps: [StaticString] = [
      WorkerFailpoint.afterDelivery, LedgerStep.afterBegin, LedgerStep.afterCopy, LedgerStep.afterTotals,
      LedgerStep.beforeCommit, LedgerStep.insideCommit, LedgerStep.afterCommit,
      WorkerFailpoint.beforeDeadLetterConfirm, WorkerFailpoint.beforeAcknowledge, WorkerFailpoint.afterAcknowledge,
    ]

    private func publish(_ scene: Scene) throws {
      let day = Usage.longMonth.adding(days: 10).start
      var messages: [String] = []
      for number in 0..<100 {
        messages += [
          OrderEvents.order("o-\(number)", "acme", at: day, modality: "CT"),
          OrderEvents.order("o-\(number)", "acme", "order.completed", at: day.adding(seconds: 60), code: "71046"),
          OrderEvents.patient("p-\(number)", "acme", "activated", at: day),
          OrderEvents.charge("c-\(number)", "acme"),
        ]
      }
      var random = SeededGenerator(seed: 7)
      try scene.broker.publish(messages.shuffled(using: &random) + ["not JSON"] + messages.prefix(40))
    }

    private func expectExact(_ scene: Scene) throws {
      #expect(try scene.counted() == 200)
      #expect(
        try scene.number(
          "SELECT count(*) FROM billing.usage_records WHERE metric = 'radiology_standard' AND kind = 'u' AND NOT voided"
        )
          == 100)
      #expect(try scene.number("SELECT count(*) FROM billing.charges") == 100)
      #expect(try scene.wrongTotals() == 0)
    }

    @Test("killed at any step, each order, patient and charge is billed once by the next worker", arguments: steps)
    func killed(at step: StaticString) throws {
      let scene = try Scene(["BATCH_SIZE": "60"], of: .orders)
      try publish(scene)
      let victim = try scene.worker(["USAGE_BILLING_FAILPOINTS": "\(step)=kill"])
      #expect(try victim.waitForExit() == .signal(9))
      let heir = try scene.worker()
      try eventually("all is settled") { try scene.broker.waiting() == 0 && scene.deadLetters() >= 1 }
      try scene.finish(heir)
      try expectExact(scene)
    }

    @Test("a connection cut inside COMMIT leaves the outcome unknown; the rows tell", arguments: 1...3)
    func cutInsideCommit(pass: Int) throws {
      let scene = try Scene(["BATCH_SIZE": "60"], of: .orders)
      try publish(scene)
      let worker = try scene.worker(["USAGE_BILLING_FAILPOINTS": "\(LedgerStep.insideCommit)=cut@\(pass)"])
      try eventually("all is settled") { try scene.broker.waiting() == 0 && scene.deadLetters() >= 1 }
      try scene.finish(worker)
      try expectExact(scene)
    }
  }
}
