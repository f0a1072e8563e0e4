import Operations
import Workers

/// The queues that there are workers for: what they are called, and what their messages mean.
enum WorkedQueue: Sendable {
  case usage, orders

  /// What the log says of one.
  struct Lines: Sendable {
    let started: LogMessage
    let soFar: LogMessage
    let stopped: LogMessage
  }

  /// Its worker's command.
  var word: String {
    switch self {
    case .usage: "usage-worker"
    case .orders: "order-worker"
    }
  }

  var summary: String {
    switch self {
    case .usage: "Counts usage: consumes the usage queue, writes the ledger, publishes threshold messages."
    case .orders: "Counts radiology orders and patients, keeps charges: consumes order events, writes the ledger."
    }
  }

  var log: Lines {
    switch self {
    case .usage:
      Lines(started: "usage worker started", soFar: "usage counted so far", stopped: "usage worker stopped")
    case .orders:
      Lines(started: "order worker started", soFar: "orders counted so far", stopped: "order worker stopped")
    }
  }

  var labels: QueueLabels {
    switch self {
    case .usage: .usage
    case .orders: .orders
    }
  }

  func queue(_ configuration: Configuration) -> Topology.WorkQueue {
    switch self {
    case .usage: Topology.usageQueue(named: configuration.usageQueue)
    case .orders: Topology.orderQueue(named: configuration.orderQueue)
    }
  }

  /// Starts lanes with the handler that knows the queue's messages.
  func start(
    _ wiring: Wiring, _ setting: QueueWorker.Setting, log: Log, metrics: Metrics, health: Health, drainTarget: Int?
  ) throws -> QueueWorker {
    switch self {
    case .usage:
      try .usage(setting, log: log, metrics: metrics, health: health, drainTarget: drainTarget)
    case .orders:
      try .orders(
        setting, codes: try Schemas(wiring.configuration).procedureCodes(), log: log, metrics: metrics, health: health,
        drainTarget: drainTarget)
    }
  }
}
