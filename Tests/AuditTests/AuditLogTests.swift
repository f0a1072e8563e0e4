import Billing
import Glibc
import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import Audit

@Suite("The audit log", .enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct AuditLogTests {
  private let world: AuditWorld

  init() throws { world = try AuditWorld() }

  @Test("a row has the database's time, the person, the act, and the hash that anybody can compute in SQL")
  func row() throws {
    try world.fill(2)
    try AuditLog(world.connection).record(AuditAct(.stripeSetUp, stage: .begun), by: "bob@there")
    let rows = try world.rows()
    #expect(rows.map(\.number) == [1, 2, 3])
    #expect(rows[0].company == "comp-1")
    #expect(rows[0].facts == #"{"number":1}"#)
    #expect((rows[2].person, rows[2].action, rows[2].company) == ("bob@there", "stripe_set_up", nil))
    #expect(rows[0].previousHash == AuditHead.empty.hash)
    let judged = try world.connection.query(
      """
      SELECT bool_and(hash = sha256(
        'usage-billing audit 1\n'::bytea || previous_hash || int8send(number)
        || int8send((extract(epoch FROM acted_at) * 1000000)::bigint)
        || int4send(octet_length(person)) || convert_to(person, 'UTF8')
        || int4send(octet_length(action)) || convert_to(action, 'UTF8')
        || int4send(coalesce(octet_length(company_id), -1)) || convert_to(coalesce(company_id, ''), 'UTF8')
        || int4send(octet_length(facts)) || convert_to(facts, 'UTF8'))),
        bool_and(acted_at BETWEEN now() - interval '1 minute' AND now()), count(*)
      FROM billing.audit_log
      """
    ).one()
    #expect(try judged.decode(Bool.self, at: 0))
    #expect(try judged.decode(Bool.self, at: 1))
    #expect(try judged.decode(Int.self, at: 2) == 3)
  }

  @Test("an act that is rolled back leaves no row, and no gap")
  func rolledBack() throws {
    try world.fill(1)
    try world.connection.begin()
    try AuditLog(world.connection).append(AuditWorld.act(2), by: "ann@here")
    try world.connection.rollback()
    try world.fill(1)
    #expect(try world.rows().map(\.number) == [1, 2])
    #expect(try world.verify().isIntact)
  }

  @Test("outside of a transaction nothing is recorded")
  func noTransaction() throws {
    #expect(throws: AuditError.self) { try AuditLog(world.connection).append(AuditWorld.act(1), by: "ann@here") }
    #expect(try world.rows() == [])
  }

  @Test(
    "rows are neither changed nor removed, not even where the session says that it is a replica",
    arguments: [
      "UPDATE billing.audit_log SET person = 'x'", "UPDATE billing.audit_log SET person = 'x' WHERE number = 99",
      "DELETE FROM billing.audit_log", "TRUNCATE billing.audit_log",
      "INSERT INTO billing.audit_log SELECT * FROM billing.audit_log ON CONFLICT (number) DO UPDATE SET person = 'x'",
      "SET session_replication_role = replica; DELETE FROM billing.audit_log",
    ])
  func appendOnly(statement: String) throws {
    try world.fill(2)
    let error = #expect(throws: PostgreSQLError.self) { try world.connection.execute(statement) }
    #expect(error?.sqlState == "55000")
    #expect(try world.verify().rows == 2)
  }

  @Test("eight connections at once make one chain without gaps")
  func concurrently() throws {
    let failures = Mutex<[String]>([])
    let (database, eachAdds) = (world.database, 25)
    func append(_ thread: Int) -> @Sendable () -> Void {
      {
        do {
          let connection = try database.connect()
          for number in 1...eachAdds {
            try connection.begin()
            let head = try AuditLog(connection).append(
              AuditAct(.outboxResumed) { $0.set("number", number) }, by: Person("thread-\(thread)"))
            // Every third is undone: its number is another's then.
            if number % 3 == 0 { try connection.rollback() } else { try connection.commit() }
            if head.number < 1 { throw TestFailure("number \(head.number)") }
          }
        } catch { failures.withLock { $0.append("\(error)") } }
      }
    }
    func start(_ thread: Int) throws {
      guard thread < 8 else { return }
      try withThread(append(thread)) { try start(thread + 1) }
    }
    try start(0)
    #expect(failures.withLock { $0 } == [])
    let rows = try world.rows()
    #expect(rows.map(\.number) == (1...Int64(8 * 17)).map { $0 })
    #expect(try world.verify().isIntact)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.actedAt <= $1.actedAt })
    for thread in 0..<8 {
      let own = rows.filter { $0.person == "thread-\(thread)" }.map(\.facts)
      #expect(own == (1...eachAdds).filter { $0 % 3 != 0 }.map { "{\"number\":\($0)}" })
    }
  }

  @Test("a transaction that cannot see the chain's end fails and forks nothing")
  func staleSnapshot() throws {
    try world.fill(1)
    let other = try world.database.connect()
    try other.begin(isolation: .repeatableRead)
    _ = try other.query("SELECT 1")
    try world.fill(1)
    #expect(throws: AuditError.self) { try AuditLog(other).append(AuditWorld.act(9), by: "ann@here") }
    try other.rollback()
    #expect(try world.verify().rows == 2)
  }

  @Test("rows are listed by time, action and company, the latest first")
  func list() throws {
    try world.fill(3)
    try AuditLog(world.connection).record(AuditAct(.companySet, company: CompanyID("comp-2")), by: "bob@here")
    let reader = AuditReader(world.connection)
    func numbers(_ limit: Int = 10, _ ask: (inout AuditReader.Question) -> Void = { _ in }) throws -> [Int64] {
      var question = AuditReader.Question()
      ask(&question)
      return try reader.list(question, limit: limit).map(\.number)
    }
    #expect(try numbers() == [4, 3, 2, 1])
    #expect(try numbers(2) == [4, 3])
    #expect(try numbers { $0.action = .outboxPaused } == [3, 2, 1])
    #expect(try numbers { $0.company = CompanyID("comp-2") } == [4, 2])
    let third = try #require(try world.rows().first { $0.number == 3 })
    #expect(try numbers { $0.since = third.actedAt } == [4, 3])
    #expect(
      try numbers { ($0.company, $0.action, $0.since) = (CompanyID("comp-2"), .companySet, third.actedAt) } == [4])
  }
}
