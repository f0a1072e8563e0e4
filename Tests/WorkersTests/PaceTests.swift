import Testing

@testable import Workers

@Suite("Pace")
struct PaceTests {
  @Test("a connection begins with one message and takes everything once one was harmless")
  func beginsWithOne() {
    var pace = Pace(prefetch: 2000, batch: 1000)
    #expect(pace.prefetch == 1)
    let changed = pace.note(failures: 0)
    #expect(changed)
    #expect(pace.prefetch == 2000)
    #expect(pace.batchLimit(afterFailures: 0) == 1000)
  }

  @Test("a redelivered message brings small batches, one that failed often stands alone")
  func smallBatches() {
    var pace = Pace(prefetch: 2000, batch: 1000)
    _ = pace.note(failures: 1)
    #expect(pace.level == .careful)
    #expect(pace.batchLimit(afterFailures: 1) == Pace.carefulPrefetch)
    #expect(pace.batchLimit(afterFailures: Pace.suspicious) == 1)
    _ = pace.note(failures: Pace.suspicious)
    #expect(pace.prefetch == 1)
  }

  @Test("a batch never waits for more messages than can be fetched at once")
  func batchWithinPrefetch() {
    var pace = Pace(prefetch: 100, batch: 1000)
    #expect(pace.batchLimit(afterFailures: 0) == 1)
    _ = pace.note(failures: 0)
    #expect(pace.batchLimit(afterFailures: 0) == 100)
  }
}
