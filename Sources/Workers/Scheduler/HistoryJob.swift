import Billing
import Invoicing
import Operations
import Outbox

/// Drops months of settled outbox entries that are older than they are kept.
struct HistoryJob: SchedulerJob {
  /// How long settled entries are kept.
  let months: Int

  var name: SchedulerRuns.Job { .outboxHistory }

  /// Once a day. Not at midnight, when billing periods end and reports have to be quick.
  func latestMoment(at now: Instant) -> Instant {
    let today = now.date.start.adding(seconds: 3 * 3600)
    return today <= now ? today : today.adding(days: -1)
  }

  func run(_ shift: SchedulerShift) throws(InvoicingError) {
    let dropped: [CivilDate]
    do {
      dropped = try OutboxHistory(shift.connection).drop(olderThan: months)
    } catch {
      throw .outbox(error)
    }
    for month in dropped { shift.log.info("a month of settled outbox entries is dropped", ["month": month]) }
  }
}

extension CivilDate: Loggable {
  public var logText: String { description }
}
