import Ledger
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// A worker dies, or loses its database, at each step between delivery and acknowledgement; another one goes on.
  @Suite("Failpoints")
  struct FailpointTests {
    static let steps: [StaticString] = [
      WorkerFailpoint.afterDelivery, LedgerStep.afterBegin, LedgerStep.afterCopy, LedgerStep.afterTotals,
      LedgerStep.beforeCommit, LedgerStep.insideCommit, LedgerStep.afterCommit,
      WorkerFailpoint.beforeDeadLetterConfirm, WorkerFailpoint.afterDeadLetterConfirm,
      WorkerFailpoint.beforeAcknowledge,
      WorkerFailpoint.afterAcknowledge, WorkerFailpoint.beforeEventConfirm, WorkerFailpoint.afterEventConfirm,
      WorkerFailpoint.afterEventSettled,
    ]

    private static let orders = 300
    private static let bad = ["not JSON", #"{"usageId":"u"}"#, "[]"]

    /// Orders of a company that pass both levels of its threshold, with repeats and bad messages in between.
    private func publish(_ scene: Scene) throws {
      var messages = Usage.orders(Self.orders, "acme")
      messages += messages.prefix(30)
      for (place, text) in Self.bad.enumerated() { messages.insert(text, at: 20 + 90 * place) }
      // On the other side of nothing: a neighbour whose totals must not suffer either.
      messages += Usage.orders(50, "neighbour")
      try scene.broker.publish(messages)
    }

    private func expectExact(_ scene: Scene, deadLetters: ClosedRange<Int>) throws {
      #expect(try scene.counted() == Self.orders + 50)
      #expect(try scene.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'u'") == Self.orders + 50)
      #expect(try scene.wrongTotals() == 0)
      let dead = try scene.broker.takeAll(from: scene.broker.deadLetterQueue)
      #expect(deadLetters.contains(dead.count))
      #expect(Set(dead.map(\.text)) == Set(Self.bad))
      #expect(dead.allSatisfy { $0.header("x-reason") != nil && $0.header("x-detail") != nil })
      let alerts = try scene.alerts()
      #expect(Set(alerts.map(\.level)) == ["0.8", "1"])
      // A level may come twice, always under the same id.
      #expect(Set(alerts.map(\.messageID)).count == 2)
      #expect(Set(alerts.map { "\($0.level) \($0.messageID)" }).count == 2)
    }

    @Test("killed at any step, whatever was in hand is counted once by the next worker", arguments: steps)
    func killed(at step: StaticString) throws {
      // Inside COMMIT the failpoint is asked before the word is sent: the connection goes, with it the transaction.
      let scene = try Scene(["BATCH_SIZE": "100"])
      try scene.register("acme", orderThreshold: 200)
      try publish(scene)
      let victim = try scene.worker(["USAGE_BILLING_FAILPOINTS": "\(step)=kill"])
      #expect(try victim.waitForExit() == .signal(9))
      let heir = try scene.worker()
      try scene.awaitCounted(Self.orders + 50, deadLetters: Self.bad.count)
      try scene.awaitPublished()
      try scene.finish(heir)
      try expectExact(scene, deadLetters: Self.bad.count...Self.bad.count * 2)
    }

    @Test("killed at a later pass of a step, in the middle of its work", arguments: [2, 3, 5])
    func killedLater(at pass: Int) throws {
      let scene = try Scene(["BATCH_SIZE": "50"])
      try scene.register("acme", orderThreshold: 200)
      try publish(scene)
      let plan = "\(LedgerStep.afterCommit)=kill@\(pass)"
      let victim = try scene.worker(["USAGE_BILLING_FAILPOINTS": plan, "LANES": "3"])
      #expect(try victim.waitForExit() == .signal(9))
      let heir = try scene.worker()
      try scene.awaitCounted(Self.orders + 50, deadLetters: Self.bad.count)
      try scene.awaitPublished()
      try scene.finish(heir)
      try expectExact(scene, deadLetters: Self.bad.count...Self.bad.count * 2)
    }

    @Test(
      "a connection cut inside COMMIT leaves the outcome unknown, and the worker finds out by the keys",
      arguments: 1...4)
    func cutInsideCommit(pass: Int) throws {
      let scene = try Scene(["BATCH_SIZE": "100"])
      try scene.register("acme", orderThreshold: 200)
      try publish(scene)
      let worker = try scene.worker(["USAGE_BILLING_FAILPOINTS": "\(LedgerStep.insideCommit)=cut@\(pass)"])
      try scene.awaitCounted(Self.orders + 50, deadLetters: Self.bad.count)
      try scene.awaitPublished()
      #expect(worker.standardError.contains("cut inside COMMIT"))
      try scene.finish(worker)
      try expectExact(scene, deadLetters: Self.bad.count...Self.bad.count)
    }
  }
}
