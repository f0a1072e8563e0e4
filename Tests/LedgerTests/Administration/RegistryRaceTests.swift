import Billing
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Ledger

@Suite(.enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct RegistryRaceTests {
  /// Counts one order after the other, on a thread and with a connection of its own.
  private final class Recorder: Sendable {
    private let database: TestDatabase
    private let id: CompanyID
    private let isStopped = Atomic<Bool>(false)
    let failure = Mutex<String?>(nil)
    let counted = Atomic<Int>(0)

    init(_ database: TestDatabase, _ id: CompanyID) {
      self.database = database
      self.id = id
    }

    func stop() { isStopped.store(true, ordering: .releasing) }

    func run() {
      do {
        let ledger = try Ledger(connection: try .forLedger(database.configuration))
        let metric = try Fixture.require(ledger.catalog.metrics.values.first { $0.name.text == "order" })
        while !isStopped.load(ordering: .acquiring) {
          let records = (0..<20).map { _ in
            RecordedUsage(
              usageID: UsageID(trusted: "race-\(TestIDs.next())"), companyID: id, metric: metric, quantity: Quantity(1),
              timestamp: Fixture.now)
          }
          _ = try ledger.write(records: records, now: Fixture.now)
          counted.add(records.count, ordering: .relaxed)
        }
      } catch {
        failure.withLock { $0 = "\(error)" }
      }
    }
  }

  @Test("thresholds changed while replicas count are announced, each once, none missed")
  func changesUnderLoad() async throws {
    let fixture = try Fixture()
    let id = try Fixture.company("comp-1")
    let recorders = (0..<3).map { _ in Recorder(fixture.database, id) }
    let threads = recorders.map { recorder in
      Task.detached {
        await withCheckedContinuation { continuation in
          WorkThread.run {
            recorder.run()
            continuation.resume()
          }
        }
      }
    }
    var thresholds: [Int] = []
    for round in 1...15 {
      // Each near where the total is now, so that some are reached before the change and some after it.
      let total = recorders.reduce(0) { $0 + $1.counted.load(ordering: .relaxed) }
      thresholds.append(total + 10 * round)
      var rate = CompanyChanges.Rate(metric: try Fixture.require(MetricName("order")))
      rate.threshold = .value(Quantity(total + 10 * round))
      rate.levels = .value([Quantity(1)])
      var changes = CompanyChanges()
      changes.rates = [rate]
      _ = try fixture.store.set(id, changes, by: "tests", now: Fixture.now)
      let target = total + 10 * round
      while recorders.reduce(0, { $0 + $1.counted.load(ordering: .relaxed) }) < target {
        try #require(recorders.allSatisfy { $0.failure.withLock { $0 == nil } })
        try await Task.sleep(for: .milliseconds(2))
      }
    }
    recorders.forEach { $0.stop() }
    for thread in threads { await thread.value }
    for recorder in recorders { #expect(recorder.failure.withLock { $0 } == nil) }
    #expect(try fixture.announced("comp-1") == thresholds.map { "order \($0) 1" })
  }
}

/// A thread of its own for work that blocks.
private enum WorkThread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func run(_ body: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, work.toOpaque())
    if status == 0 {
      pthread_detach(thread)
    } else {
      work.takeRetainedValue().body()
    }
  }
}
