import AMQP
import Billing
import Faults
import Operations

/// What a lane is given when it is made.
struct LaneSetting {
  let number: Int
  let broker: BrokerConfiguration
  let topology: Topology
  let queue: Topology.WorkQueue
  let limits: Intake.Limits
  let clock: @Sendable () -> Instant
  let log: Log
  let failpoints: Failpoints
  let statistics: Statistics
  let health: LaneHealth
  let watchdog: Watchdog
  let stop: StopSignal
  let gate: StartGate
  let breakers: Breakers
  /// Rung when threshold messages are owed.
  let relayBell: Doorbell

  /// Shown in the broker's list of connections, and the consumer's tag.
  var connectionName: String { "usage-billing \(queue.name) lane \(number)" }
}
