import Operations
import Workers

/// A part of the product that runs until it is told to stop, alone in a process or with others.
protocol Role: Sendable {
  /// What is watched for it.
  var part: MonitoredPart? { get }
  /// Starts its threads; they connect by themselves, however long that takes.
  func start(log: Log, metrics: Metrics, health: Health) throws -> any RunningRole
}

protocol RunningRole: Sendable {
  /// Whether it has nothing left to do and the process may leave.
  var isDone: Bool { get }
  /// Tells the log what was done, at the end and once a minute while there is something new.
  func report(to log: Log, isLast: Bool)
  /// - Returns: whether everything in hand was finished in time.
  func stop(within deadline: Duration) -> Bool
}

extension RunningRole {
  var isDone: Bool { false }
}
