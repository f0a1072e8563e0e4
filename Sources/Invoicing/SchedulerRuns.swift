import Billing
import Ledger
import PostgreSQL
import Storage

/// When the scheduler's jobs were last done to their end, whichever process did them.
public struct SchedulerRuns {
  public enum Job: String, Hashable, Sendable, CaseIterable {
    case meterReports = "meter_reports"
    case patientRenewal = "patient_renewal"
    case chargeBilling = "charge_billing"
    case periodClose = "period_close"
    case invoiceStates = "invoice_states"
    case outboxHistory = "outbox_history"
    case retention
  }

  /// The advisory lock of the one process that leads: of a session, so that it ends with it.
  private static let leaderLock = (7361, 4)

  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  /// Becomes the leader unless another session is. Ask once: a session can take the lock several times.
  public func takeLead() throws(InvoicingError) -> Bool {
    try database { () throws(PostgreSQLError) in
      try connection.query("SELECT pg_try_advisory_lock(\(Self.leaderLock.0)::int, \(Self.leaderLock.1)::int)")
        .one().decode(at: 0)
    }
  }

  /// The times as of which the last complete runs looked; jobs that were never done are left out.
  public func all() throws(InvoicingError) -> [Job: Instant] {
    try database { () throws(PostgreSQLError) in
      var last: [Job: Instant] = [:]
      for row in try connection.query("SELECT job, started_at FROM billing.scheduler_runs") {
        // A newer release may know others.
        guard let job = Job(rawValue: try row.decode(at: 0)) else { continue }
        last[job] = try row.decode(at: 1)
      }
      return last
    }
  }

  /// Notes a complete run.
  public func note(_ job: Job, startedAt: Instant) throws(InvoicingError) {
    try database { () throws(PostgreSQLError) in
      _ = try connection.update(
        """
        INSERT INTO billing.scheduler_runs (job, started_at, finished_at)
        VALUES (\(job.rawValue), \(startedAt), clock_timestamp())
        ON CONFLICT (job) DO UPDATE SET started_at = excluded.started_at, finished_at = excluded.finished_at
        """)
    }
  }
}
