import Audit
import Billing
import Faults
import Invoicing
import Operations
import PostgreSQL
import Retention

/// What leaves the ledger by itself.
public struct RetentionSetting: Sendable {
  /// `RETENTION_MONTHS`: months that ended longer ago leave.
  public let months: Int
  /// `ARCHIVE_FOLDER`.
  public let folder: String
  /// `MAX_USAGE_AGE`, in days.
  public let maximumAgeDays: Int
  /// For the audit log: no person, but this process.
  public let person: Person

  public init(months: Int, folder: String, maximumAge days: Int, by person: Person) {
    self.months = months
    self.folder = folder
    maximumAgeDays = days
    self.person = person
  }
}

/// Archives the oldest month of the ledger, if it is older than it is kept. One a day: the other jobs wait meanwhile.
struct RetentionJob: SchedulerJob {
  let setting: RetentionSetting
  let database: DatabaseConfiguration
  let failpoints: Failpoints

  /// Statements over a whole month take their time; those of the scheduler's own session must not.
  static let timeout: Duration = .seconds(3600)

  var name: SchedulerRuns.Job { .retention }

  /// Once a day, away from midnight and from what else is done by night.
  func latestMoment(at now: Instant) -> Instant {
    let today = now.date.start.adding(seconds: 4 * 3600)
    return today <= now ? today : today.adding(days: -1)
  }

  func run(_ shift: SchedulerShift) throws(InvoicingError) {
    do throws(RetentionError) {
      let before = Self.before(shift.now.date, months: setting.months)
      try archiver().run(
        Archiver.Selection(before: before, includesRestored: false, most: 1),
        now: shift.now, shouldStop: { shift.stop.isSet }, progress: { _ in shift.pulse.beat() },
        archived: { file in
          shift.log.info("a month of the ledger is archived", ["month": file.month, "rows": file.rows])
        })
    } catch {
      switch error {
      case .stopped: return
      // What is in its way is a matter for people, and waits for them; tomorrow it is looked at again.
      case .refused(let month, let refusals):
        shift.log.warning(
          "a month of the ledger cannot be archived; see: usage-billing retention archive",
          ["month": month, "reasons": refusals.count])
      case .busy: shift.log.info("another process archives")
      case .ledger(let error): throw .ledger(error)
      // Neither does a full disk mend itself in a minute: the month is back where it was.
      case .file, .unfit, .ledgerInUse:
        shift.log.error("a month of the ledger could not be archived; tomorrow again", ["error": error])
      }
    }
  }

  /// The first month that stays: so many whole months lie between it and today's.
  static func before(_ today: CivilDate, months: Int) -> CivilDate {
    var month = today.firstOfMonth
    for _ in 0..<months { month = month.adding(days: -1).firstOfMonth }
    return month
  }

  /// A session of its own.
  private func archiver() throws(RetentionError) -> Archiver {
    let connection: Connection
    do throws(PostgreSQLError) {
      var configuration = database
      configuration.applicationName = "usage-billing retention"
      connection = try Connection(configuration)
    } catch {
      throw .ledger(.database(error))
    }
    connection.queryTimeout = Self.timeout
    return Archiver(
      connection, folder: setting.folder, maximumAge: setting.maximumAgeDays, by: setting.person, failpoints: failpoints
    )
  }
}

extension RetentionError: Loggable {
  public var logText: String {
    switch self {
    // What is in the way may be named by ids of messages.
    case .refused(let month, let refusals): "\(month) is refused: \(refusals.count) reasons"
    case .ledger(let error): error.logText
    // Paths are the operator's, reasons the system's or ours.
    case .file, .unfit, .busy, .ledgerInUse, .stopped: description
    }
  }
}
