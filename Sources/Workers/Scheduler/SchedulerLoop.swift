import Billing
import Invoicing
import Ledger
import Operations
import PostgreSQL

/// What the scheduler's thread does: waits until it leads, then does the jobs that are due.
///
/// The session that holds the leader's lock is the one that all work goes through. Whoever loses it leads no more, and can
/// write no more.
final class SchedulerLoop {
  /// A job with when it may be tried again after it failed.
  private struct Entry {
    let job: any SchedulerJob
    var backoff = Backoff(first: .seconds(1), greatest: .seconds(300))
    var notBefore = ContinuousClock.now
  }

  private let setting: Scheduler.Setting
  private var entries: [Entry]
  private let statistics: SchedulerStatistics
  private let log: Log
  private let pulse: Health.Pulse
  private let stop: StopSignal
  private let bell: Doorbell
  private var random = SystemRandomNumberGenerator()

  /// Another replica takes over within this time once the leader is gone; a leader notices as soon that it is none.
  private static let look = Duration.seconds(1)
  /// A run noted as later than the clock by more than this was noted by a wrong clock.
  private static let toleratedSeconds: Int64 = 60

  init(
    _ setting: Scheduler.Setting, jobs: [any SchedulerJob], statistics: SchedulerStatistics, log: Log,
    pulse: Health.Pulse, stop: StopSignal
  ) {
    self.setting = setting
    entries = jobs.map { Entry(job: $0) }
    self.statistics = statistics
    self.log = log
    self.pulse = pulse
    self.stop = stop
    bell = stop.makeBell()
  }

  func run() {
    var backoff = Backoff()
    while !stop.isSet {
      pulse.beat()
      do {
        let connection = try open()
        backoff.reset()
        try wait(toLeadWith: connection)
        try lead(connection)
      } catch {
        statistics.note(leads: false)
        statistics.failures.add(1)
        log.warning("the scheduler's work waits", ["error": error])
        bell.wait(atMost: backoff.next(using: &random))
      }
    }
    statistics.note(leads: false)
  }

  private func open() throws(InvoicingError) -> Connection {
    do {
      return try .forLedger(setting.database, applicationName: "usage-billing scheduler")
    } catch {
      throw .ledger(error)
    }
  }

  private func wait(toLeadWith connection: Connection) throws(InvoicingError) {
    let runs = SchedulerRuns(connection)
    while !stop.isSet {
      pulse.beat()
      statistics.note(try runs.all())
      if try runs.takeLead() {
        statistics.note(leads: true)
        log.info("leading: this replica does what is due by the clock")
        return
      }
      bell.wait(atMost: Self.look)
    }
  }

  /// Returns when told to stop.
  private func lead(_ connection: Connection) throws(InvoicingError) {
    let runs = SchedulerRuns(connection)
    while !stop.isSet {
      pulse.beat()
      let last = try runs.all()
      statistics.note(last)
      guard let place = due(setting.clock(), last) else {
        bell.wait(atMost: Self.look)
        continue
      }
      try work(place, connection)
    }
  }

  private func due(_ now: Instant, _ last: [SchedulerRuns.Job: Instant]) -> Int? {
    entries.firstIndex { entry in
      guard entry.notBefore <= .now else { return false }
      guard let last = last[entry.job.name] else { return true }
      return last < entry.job.latestMoment(at: now) || last > now.adding(seconds: Self.toleratedSeconds)
    }
  }

  /// A job that fails is tried again later, and keeps none of the others waiting; nothing goes on without the session.
  private func work(_ place: Int, _ connection: Connection) throws(InvoicingError) {
    let job = entries[place].job
    let shift = SchedulerShift(connection: connection, now: setting.clock(), log: log, pulse: pulse, stop: stop)
    do {
      try job.run(shift)
      // Cut short: the next leader finds it due.
      guard !stop.isSet else { return }
      try SchedulerRuns(connection).note(job.name, startedAt: shift.now)
      entries[place].backoff.reset()
    } catch {
      guard connection.isOpen, !error.isConnectionLost else { throw error }
      statistics.failures.add(1)
      let wait = entries[place].backoff.next(using: &random)
      entries[place].notBefore = .now + wait
      log.warning("a scheduled job failed; later again", ["job": job.name, "error": error, "seconds": wait])
    }
  }
}
