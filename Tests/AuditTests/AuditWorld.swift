import Billing
import PostgreSQL
import TestSupport

@testable import Audit

/// A log of a test's own with ways to write it and to tamper with it.
struct AuditWorld {
  let database: TestDatabase
  let connection: Connection

  init() throws {
    database = try TestDatabase.create()
    connection = try database.connect()
    // Making the template applied a catalog, which the log tells.
    try tamper("TRUNCATE billing.audit_log")
  }

  static func act(_ number: Int) -> AuditAct {
    AuditAct(.outboxPaused, company: CompanyID("comp-\(number)")) { $0.set("number", number) }
  }

  /// Rows about comp-1, comp-2, …
  func fill(_ count: Int) throws {
    for number in 1...count { try AuditLog(connection).record(Self.act(number), by: "ann@here") }
  }

  /// As the table's owner can.
  func tamper(_ sql: String) throws {
    try connection.execute(
      """
      BEGIN; ALTER TABLE billing.audit_log DISABLE TRIGGER append_only; \(sql);
      ALTER TABLE billing.audit_log ENABLE ALWAYS TRIGGER append_only; COMMIT
      """)
  }

  /// Puts another row in a row's place, with hashes that fit it and the row before.
  func forge(_ number: Int64, person: String) throws {
    guard let old = try rows().first(where: { $0.number == number }) else { throw TestFailure("no row \(number)") }
    let new = try AuditRow(
      number: number, actedAt: old.actedAt, person: person, action: old.action, company: old.company, facts: old.facts,
      previousHash: old.previousHash)
    try connection.execute("ALTER TABLE billing.audit_log DISABLE TRIGGER append_only")
    try connection.update(
      "UPDATE billing.audit_log SET person = \(person), hash = \(new.hash) WHERE number = \(number)")
    try connection.execute("ALTER TABLE billing.audit_log ENABLE ALWAYS TRIGGER append_only")
  }

  func rows() throws -> [AuditRow] { try AuditReader(connection).list(.init(), limit: 100_000).reversed() }

  func verify(_ head: AuditHead? = nil) throws -> AuditVerification.Report {
    try AuditVerification(connection, expecting: head).run()
  }
}
