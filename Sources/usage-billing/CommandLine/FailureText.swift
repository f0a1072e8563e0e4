import Audit
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import Retention

/// An error as operators read it: what failed, on what, what now.
enum FailureText {
  static func text(of error: any Error) -> String {
    switch error {
    case let error as LedgerError: advised(error)
    case let error as AdministrationError: advised(error)
    case let error as OutboxError: advised(error)
    case let error as AuditError: advised(error)
    case let error as InvoicingError: advised(error)
    case let error as RetentionError: advised(error)
    case let error as PostgreSQLError: advised(error)
    default: "\(error)"
    }
  }

  private static func advised(_ error: AdministrationError) -> String {
    if case .ledger(let error) = error { return advised(error) }
    return "\(error)"
  }

  private static func advised(_ error: RetentionError) -> String {
    if case .ledger(let error) = error { return advised(error) }
    return "\(error)"
  }

  private static func advised(_ error: InvoicingError) -> String {
    switch error {
    case .ledger(let error): advised(error)
    case .outbox(let error): advised(error)
    }
  }

  private static func advised(_ error: AuditError) -> String {
    if case .database(let error) = error { return advised(error) }
    return "\(error)"
  }

  private static func advised(_ error: OutboxError) -> String {
    if case .database(let error) = error { return advised(error) }
    return "\(error)"
  }

  private static func advised(_ error: LedgerError) -> String {
    if case .database(let error) = error { return advised(error) }
    return "\(error)"
  }

  private static func advised(_ error: PostgreSQLError) -> String {
    guard let advice = advice(error) else { return "database: \(error)" }
    return "database: \(error); \(advice)"
  }

  private static func advice(_ error: PostgreSQLError) -> String? {
    switch error.sqlState {
    case "28P01", "28000": return "check user, password and pg_hba.conf"
    case "3D000": return "create the database, or correct DATABASE_URL"
    case "3F000", "42P01", "42883", "42703": return "the schema is missing or old; run: usage-billing migrate"
    case "42501": return "grant this user the right"
    case "55P03": return "somebody else holds the lock; try again"
    default: break
    }
    switch error.kind {
    case .connectFailed: return "check DATABASE_URL and that the server runs"
    case .commitOutcomeUnknown: return "look whether the change is there before trying again"
    case .connectionLost, .timedOut: return "nothing was changed; try again"
    default: return nil
    }
  }
}
