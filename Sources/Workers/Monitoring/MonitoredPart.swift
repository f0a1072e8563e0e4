import AMQP

/// What of a process is watched besides the process itself and its database.
public enum MonitoredPart: Sendable {
  /// A work queue, its dead letters, and the threshold messages that are owed.
  ///
  /// - Parameters:
  ///   - labels: what metrics call it.
  ///   - lanes: how many lanes the process has for it.
  case queue(BrokerConfiguration, Topology.WorkQueue, labels: QueueLabels, lanes: Int)
  /// What is owed to Stripe.
  case outbox
}
