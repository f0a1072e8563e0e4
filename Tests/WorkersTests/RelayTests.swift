import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Relay")
  struct RelayTests {
    @Test("a threshold message that no queue takes is kept as unroutable, and published once a queue is bound")
    func unroutable() throws {
      let scene = try Scene()
      try scene.register("acme", orderThreshold: 10)
      try scene.broker.deleteQueue(scene.subscriber)
      let worker = try scene.worker()
      try scene.broker.publish(Usage.orders(20, "acme"))
      try scene.awaitCounted(20)
      try eventually("both levels are kept") {
        try scene.number("SELECT count(*) FROM billing.event_outbox WHERE problem = 'unroutable' AND attempts > 0") == 2
      }
      let queue = try scene.broker.subscribe()
      try scene.awaitPublished()
      try worker.stop()
      #expect(Set(try scene.broker.takeAll(from: queue).map { try Alert($0).level }) == ["0.8", "1"])
    }

    @Test("what a killed worker owed is published by another one that has nothing to count")
    func sweptUp() throws {
      let scene = try Scene()
      try scene.register("acme", orderThreshold: 10)
      let idle = try scene.worker()
      try eventually("it consumes") { try scene.broker.consumers() == 2 }
      idle.kill()
      #expect(try idle.waitForExit() == .signal(9))
      try scene.broker.publish(Usage.orders(20, "acme"))
      let victim = try scene.worker(["USAGE_BILLING_FAILPOINTS": "relay.before_event_confirm=kill"])
      #expect(try victim.waitForExit() == .signal(9))
      // What was on its way may have arrived; the messages are owed all the same.
      let sent = try scene.alerts()
      #expect(try scene.number("SELECT count(*) FROM billing.event_outbox") == 2)
      let heir = try scene.worker()
      try scene.awaitPublished()
      try scene.awaitCounted(20)
      try heir.stop()
      let all = sent + (try scene.alerts())
      #expect(Set(all.map(\.messageID)).count == 2)
      #expect(Set(all.map(\.level)) == ["0.8", "1"])
    }

    @Test("two workers that reach the levels together announce each under one id")
    func together() throws {
      let scene = try Scene()
      let companies = (0..<20).map { "acme-\($0)" }
      for company in companies { try scene.register(company, orderThreshold: 100) }
      let workers = [try scene.worker(), try scene.worker()]
      let messages = (0..<120).flatMap { number in companies.map { Usage.recorded("o-\(number)", $0) } }
      try scene.broker.publish(messages)
      try scene.awaitCounted(messages.count)
      try scene.awaitPublished()
      for worker in workers { try worker.stop() }
      let alerts = try scene.alerts()
      #expect(Set(alerts.map(\.messageID)).count == 40)
      #expect(Set(alerts.map { "\($0.company) \($0.level)" }).count == 40)
      for company in companies {
        #expect(alerts.filter { $0.company == company }.map(\.level).first == "0.8")
      }
    }
  }
}
