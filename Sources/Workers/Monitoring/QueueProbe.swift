import AMQP
import Synchronization

/// What the broker tells of a work queue and of its dead letters. It belongs to one thread; what it saw last may be read by
/// all.
final class QueueProbe {
  /// What was seen last; `nil` while it is not known.
  final class Sight: Sendable {
    private let state: Mutex<QueueStatus?> = Mutex(nil)

    var status: QueueStatus? { state.withLock { $0 } }

    fileprivate func note(_ status: QueueStatus?) { state.withLock { $0 = status } }
  }

  private let broker: BrokerConfiguration
  private let sights: [(queue: String, sight: Sight)]
  private let watchdog: Watchdog
  private var connection: ConsumerConnection?

  init(_ broker: BrokerConfiguration, _ sights: [(queue: String, sight: Sight)], watchdog: Watchdog) {
    var broker = broker
    broker.callTimeout = Probe.patience
    self.broker = broker
    self.sights = sights
    self.watchdog = watchdog
  }

  /// - Throws: when the broker does not answer. A queue that is not there is not known, and no failure of the broker's.
  func look() throws(AMQPError) {
    for (queue, sight) in sights {
      do throws(AMQPError) {
        sight.note(try open().declareQueue(queue, passive: true))
      } catch {
        sight.note(nil)
        connection = nil
        guard case .channelClosed = error.kind else {
          for (_, sight) in sights { sight.note(nil) }
          throw error
        }
      }
    }
  }

  private func open() throws(AMQPError) -> ConsumerConnection {
    if let connection, connection.isUsable { return connection }
    let opened = try ConsumerConnection(broker, name: "usage-billing probe", watchdog: watchdog)
    connection = opened
    return opened
  }
}
