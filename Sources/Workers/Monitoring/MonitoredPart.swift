import AMQP

/// What of a process is watched besides the process itself and its database.
public enum MonitoredPart: Sendable {
  /// A work queue, its dead letters, and the threshold messages that are owed.
  ///
  /// - Parameter lanes: how many lanes the process has.
  case usage(BrokerConfiguration, queue: Topology.WorkQueue, lanes: Int)
  /// What is owed to Stripe.
  case outbox
}
