import PostgreSQL
import TestSupport
import Testing

@testable import Audit

@Suite("audit verify", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct AuditVerificationTests {
  private let world: AuditWorld

  init() throws { world = try AuditWorld() }

  @Test("a chain as it was written is intact, and so is an empty one")
  func intact() throws {
    let empty = try world.verify()
    #expect((empty.rows, empty.isIntact, empty.head) == (0, true, .empty))
    try world.fill(12)
    let report = try world.verify()
    #expect((report.rows, report.findings) == (12, []))
    #expect(report.head == (try world.rows().last?.head))
    for row in try world.rows() { #expect(try world.verify(row.head).isIntact) }
  }

  @Test("a chain longer than what is read at once is followed across the joints")
  func long() throws {
    try world.connection.begin()
    for number in 1...2001 { try AuditLog(world.connection).append(AuditWorld.act(number), by: "ann@here") }
    try world.connection.commit()
    var last = (0, 0)
    let report = try AuditVerification(world.connection).run { last = ($0, $1) }
    #expect((report.rows, report.isIntact) == (2001, true))
    #expect(last == (2001, 2001))
    try world.tamper("DELETE FROM billing.audit_log WHERE number = 1001")
    #expect(try world.verify().findings == [.missing(from: 1001, through: 1001)])
  }

  @Test(
    "a change of any column is found, with the row named",
    arguments: [
      "person = 'bob@here'", "action = 'outbox_resumed'", "company_id = 'comp-6'", "company_id = NULL",
      "company_id = ''", "facts = replace(facts, '5', '6')", "facts = facts || ' '",
      "acted_at = acted_at + interval '1 microsecond'", "previous_hash = sha256('x')", "hash = sha256('x')",
      "person = person || left(action, 1), action = substr(action, 2)",
    ])
  func changed(assignment: String) throws {
    try world.fill(8)
    try world.tamper("UPDATE billing.audit_log SET \(assignment) WHERE number = 5")
    let findings = try world.verify().findings
    #expect(findings.first == .changed(5))
    // Another hash is also not the one that the next row follows.
    #expect(findings.dropFirst().allSatisfy { $0 == .notFollowing(6) })
  }

  @Test("rows that were taken away are named, at the front too")
  func missing() throws {
    try world.fill(8)
    try world.tamper("DELETE FROM billing.audit_log WHERE number IN (1, 4, 5)")
    #expect(try world.verify().findings == [.missing(from: 1, through: 1), .missing(from: 4, through: 5)])
  }

  @Test("rows that were taken away and closed up are found")
  func renumbered() throws {
    try world.fill(8)
    try world.tamper(
      """
      DELETE FROM billing.audit_log WHERE number = 4;
      UPDATE billing.audit_log SET number = -number WHERE number > 4;
      """.replacing("UPDATE", with: "ALTER TABLE billing.audit_log DROP CONSTRAINT audit_log_number_check; UPDATE")
        + "UPDATE billing.audit_log SET number = -number - 1 WHERE number < 0")
    #expect(try world.verify().findings == [.changed(4), .changed(5), .changed(6), .changed(7)])
  }

  @Test("rows in another order are found")
  func reordered() throws {
    try world.fill(8)
    try world.tamper(
      """
      UPDATE billing.audit_log SET number = 100 WHERE number = 3; UPDATE billing.audit_log SET number = 3 WHERE number = 4;
      UPDATE billing.audit_log SET number = 4 WHERE number = 100
      """)
    #expect(try world.verify().findings.prefix(2) == [.changed(3), .changed(4)])
  }

  @Test("a row whose hash was computed anew is found by the row after it")
  func forged() throws {
    try world.fill(8)
    let head = try world.verify().head
    try world.forge(5, person: "bob@here")
    #expect(try world.verify().findings == [.notFollowing(6)])
    try world.forge(8, person: "bob@here")
    #expect(try world.verify().findings == [.notFollowing(6)])
    #expect(try world.verify(head).findings == [.notFollowing(6), .replaced(head)])
  }

  @Test("a tail that was cut off or replaced is found with a head that was noted before")
  func tail() throws {
    try world.fill(6)
    let early = try #require(try world.rows().dropLast(3).last?.head)
    let head = try world.verify().head
    try world.tamper("DELETE FROM billing.audit_log WHERE number > 4")
    #expect(try world.verify().isIntact)
    #expect(try world.verify(early).isIntact)
    #expect(try world.verify(head).findings == [.cut(head, last: 4)])
    try world.fill(4)
    #expect(try world.verify().isIntact)
    #expect(try world.verify(head).findings == [.replaced(head)])
    try world.tamper("TRUNCATE billing.audit_log")
    #expect(try world.verify(head).findings == [.cut(head, last: 0)])
  }

  @Test("a row before the first is found")
  func beforeFirst() throws {
    try world.fill(2)
    try world.tamper(
      """
      ALTER TABLE billing.audit_log DROP CONSTRAINT audit_log_number_check;
      INSERT INTO billing.audit_log SELECT 0, acted_at, person, action, company_id, facts, previous_hash, hash
      FROM billing.audit_log WHERE number = 1
      """)
    #expect(try world.verify().findings.first == .changed(0))
  }

  @Test("a chain that is broken everywhere is told in bounds")
  func brokenEverywhere() throws {
    try world.connection.begin()
    for number in 1...1500 { try AuditLog(world.connection).append(AuditWorld.act(number), by: "ann@here") }
    try world.connection.commit()
    try world.tamper("UPDATE billing.audit_log SET person = 'bob@here'")
    let report = try world.verify()
    #expect((report.breaks, report.findings.count) == (1500, 1000))
  }
}
