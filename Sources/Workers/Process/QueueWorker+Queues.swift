import Billing
import Messages
import Operations

/// The queues that there are workers for.
extension QueueWorker {
  /// Starts a worker of the queue of usage.
  public static func usage(
    _ setting: Setting, log: Log, metrics: Metrics, health: Health, drainTarget: Int? = nil
  ) throws -> QueueWorker {
    let recent = RecentIDs()
    return try QueueWorker(setting, log: log, metrics: metrics, health: health, drainTarget: drainTarget) {
      try UsageHandler(
        database: setting.database, keyring: setting.keyring, maximumAge: setting.maximumAgeDays, recent: recent,
        failpoints: setting.failpoints)
    }
  }

  /// Starts a worker of the queue of order events.
  ///
  /// - Parameter codes: which procedure codes are of which class of order.
  public static func orders(
    _ setting: Setting, codes: ProcedureCodeTable, log: Log, metrics: Metrics, health: Health, drainTarget: Int? = nil
  ) throws -> QueueWorker {
    try QueueWorker(setting, log: log, metrics: metrics, health: health, drainTarget: drainTarget) {
      try OrderHandler(
        database: setting.database, keyring: setting.keyring, maximumAge: setting.maximumAgeDays, codes: codes,
        failpoints: setting.failpoints)
    }
  }
}
