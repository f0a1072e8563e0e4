import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Repeats")
  struct RepeatsTests {
    @Test("ids that come three times, to both lanes at once and again to another replica, count once")
    func threeTimes() throws {
      let scene = try Scene(["BATCH_SIZE": "100", "PREFETCH": "200", "LANES": "2"])
      let ids = 0..<2000
      var messages: [String] = []
      for id in ids {
        // The same id right away, which goes to the other lane, and once more a little later.
        messages += [id, id, max(0, id - 150)].map { Usage.recorded("r-\($0)", "company-\($0 % 7)") }
      }
      try scene.broker.publish(messages)
      let worker = try scene.worker()
      try scene.awaitCounted(ids.count)
      try scene.finish(worker)
      let other = try scene.worker()
      try scene.broker.publish(ids.map { Usage.recorded("r-\($0)", "company-\($0 % 7)") })
      try scene.broker.publish([Usage.recorded("last", "company-0")])
      try scene.awaitCounted(ids.count + 1)
      try scene.finish(other)
      #expect(try scene.counted() == ids.count + 1)
      #expect(try scene.wrongTotals() == 0)
    }
  }
}
