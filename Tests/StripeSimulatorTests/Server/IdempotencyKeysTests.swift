import Testing

@testable import StripeSimulator

@Suite struct IdempotencyKeysTests {
  private func begin(_ keys: inout IdempotencyKeys, _ key: String, _ fingerprint: UInt64 = 1, at now: Int64) -> String {
    switch keys.begin(key, fingerprint: fingerprint, requestID: "req_1", now: now, lifetime: 100) {
    case .execute: "execute"
    case .replay(let answer, _): "replay \(answer.status)"
    case .refuse(let failure): "refuse \(failure.status)"
    }
  }

  @Test("a key is held, then kept, then forgotten; one in flight is never forgotten")
  func life() {
    var keys = IdempotencyKeys()
    #expect(begin(&keys, "a", at: 0) == "execute")
    #expect(begin(&keys, "a", at: 50) == "refuse 409")
    #expect(begin(&keys, "a", at: 500) == "refuse 409")
    keys.save("a", Answer(status: 201, body: []))
    #expect(begin(&keys, "b", at: 500) == "execute")
    keys.save("b", Answer(status: 202, body: []))
    #expect(begin(&keys, "b", at: 599) == "replay 202")
    #expect(begin(&keys, "b", 2, at: 599) == "refuse 400")
    #expect(begin(&keys, "b", 2, at: 600) == "execute")
  }

  @Test("a key that is let go of is as good as new; letting go of a kept one changes nothing")
  func release() {
    var keys = IdempotencyKeys()
    #expect(begin(&keys, "a", at: 0) == "execute")
    keys.release("a")
    #expect(begin(&keys, "a", 2, at: 1) == "execute")
    keys.save("a", Answer(body: []))
    keys.release("a")
    #expect(begin(&keys, "a", 2, at: 2) == "replay 200")
  }

  @Test("what is forgotten takes no room")
  func room() {
    var keys = IdempotencyKeys()
    for index in 0..<10_000 {
      #expect(begin(&keys, "key \(index)", at: Int64(index)) == "execute")
      keys.save("key \(index)", Answer(body: []))
    }
    #expect(keys.count <= 101)
  }
}
