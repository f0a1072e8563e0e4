import Billing
import Operations
import Outbox
import PostgreSQL

/// Drops months of settled entries that are older than they are kept. Any number of replicas may do so.
final class HistoryKeeper {
  private static let interval = Duration.seconds(3600)
  /// Dropping waits for nobody, so that it may find its table in use: then it is tried soon.
  private static let pause = Duration.seconds(60)

  private let database: DatabaseConfiguration
  private let months: Int
  private let log: Log
  private let stop: StopSignal

  init(_ database: DatabaseConfiguration, months: Int, log: Log, stop: StopSignal) {
    self.database = database
    self.months = months
    self.log = log
    self.stop = stop
  }

  /// Works until the stop signal, once an hour.
  func run() {
    let bell = stop.makeBell()
    while !stop.isSet {
      do throws(OutboxError) {
        let connection = try outboxConnection(database, name: "usage-billing history")
        for month in try OutboxHistory(connection).drop(olderThan: months) {
          log.info("a month of settled outbox entries is dropped", ["month": month])
        }
        bell.wait(atMost: Self.interval)
      } catch {
        log.warning("old outbox entries cannot be dropped; later again", ["error": error])
        bell.wait(atMost: error.isPassing ? Self.pause : Self.interval)
      }
    }
  }
}

extension OutboxError {
  fileprivate var isPassing: Bool {
    if case .database(let error) = self { return error.isRetryable }
    return false
  }
}

extension CivilDate: Loggable {
  public var logText: String { description }
}
