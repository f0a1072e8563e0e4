import Billing
import Invoicing
import Operations
import PostgreSQL

/// Something that is due by the clock. A job is done by one process at a time, and must bear being done again: a leader
/// that dies after the work and before it is noted leaves it to the next one.
protocol SchedulerJob {
  var name: SchedulerRuns.Job { get }
  /// The latest moment at or before `now` at which it was due.
  func latestMoment(at now: Instant) -> Instant
  /// Does it to its end, or up to a good place to stop at.
  func run(_ shift: SchedulerShift) throws(InvoicingError)
}

/// What a job works with.
struct SchedulerShift {
  /// In no transaction.
  let connection: Connection
  let now: Instant
  let log: Log
  let pulse: Health.Pulse
  let stop: StopSignal
}
