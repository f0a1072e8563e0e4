import Billing
import Invoicing
import Ledger
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@Suite("verify raises no false alarm", .enabled(if: TestDatabase.isAvailable))
struct VerifyingMeanwhileTests {
  @Test("while records come, in time and late, totals are reported and periods are closed")
  func meanwhile() throws {
    let world = try World.billed()
    let database = world.database
    let isDone = Atomic<Bool>(false)
    let failure = Mutex<String?>(nil)
    try withThread {
      do {
        let writer = try World(database)
        for round in 0..<30 where !isDone.load(ordering: .relaxed) {
          for id in ["quiet", "subscribed", "told"] {
            let metric = ["order", "scan", "peak", "level"][round % 4]
            try writer.use(id, metric, "\(round + 1)", at: "2025-01-2\(round % 9)T08:00:00Z", usage: "w\(round)")
            try writer.use(id, metric, "3", at: "2025-03-1\(round % 9)T08:00:00Z", usage: "x\(round)")
            if round % 5 == 4 { try writer.void(id, "w\(round)", at: "2025-01-2\(round % 9)T08:00:00Z") }
          }
          if round % 3 == 2 { try writer.report("2025-03-20T0\(round % 9):00:00Z") }
          if round % 10 == 9 { try writer.close("2025-0\(4 + round / 10)-01T01:00:00Z") }
        }
      } catch { failure.withLock { $0 = "\(error)" } }
      isDone.store(true, ordering: .releasing)
    } during: {
      while !isDone.load(ordering: .acquiring) {
        let found = try world.verify()
        #expect(found == [])
      }
    }
    #expect(failure.withLock { $0 } == nil)
    #expect(try world.verify() == [])
    #expect(try world.verify(full: true) == [])
    #expect(try ExplainedLines.check(on: world.eye).disagreements == [])
  }
}
