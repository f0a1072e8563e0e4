import Billing
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  @Suite("Voids")
  struct VoidTests {
    private func void(_ id: String, _ company: String, at time: Instant) -> String {
      #"{"usageId":"\#(id)","companyId":"\#(company)","timestamp":"\#(time)","reason":"a mistake"}"#
    }

    @Test("a record that is taken back before it comes, after it, or both, counts no more")
    func takenBack() throws {
      let scene = try Scene()
      let now = Usage.now
      let worker = try scene.worker()
      try scene.broker.publish([
        Usage.recorded("stays", "acme", quantity: 5, at: now), Usage.recorded("after", "acme", quantity: 7, at: now),
        void("before", "acme", at: now), void("before", "acme", at: now),
      ])
      try scene.awaitCounted(2)
      try scene.broker.publish([
        void("after", "acme", at: now), Usage.recorded("before", "acme", quantity: 9, at: now),
        Usage.recorded("after", "acme", quantity: 7, at: now), Usage.recorded("last", "acme", at: now),
      ])
      try eventually("both are taken back") {
        try scene.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'u' AND voided") == 2
      }
      try scene.awaitCounted(2)
      try scene.finish(worker)
      #expect(try scene.number("SELECT quantity::bigint FROM billing.usage_periods") == 6)
      #expect(try scene.wrongTotals() == 0)
    }
  }
}
