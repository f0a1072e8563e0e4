import Audit
import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("A person is forgotten and every figure stays", .enabled(if: TestDatabase.isAvailable))
struct ErasureTests {
  /// A person with records of every kind in January and February, beside another one.
  private func makeWorld() throws -> (World, Ledger) {
    let world = try World()
    let ledger = try world.replica()
    var records: [RecordedUsage] = []
    for (number, day) in [("2025-01-10", 1), ("2025-01-20", 1), ("2025-02-03", 1), ("2025-01-10", 2)].enumerated() {
      let (time, who) = ("\(day.0)T12:00:00Z", day.1)
      // By the old key in January, by the new one after.
      let keys: [UInt8] = time < "2025-02" ? [1] : [2, 1]
      records.append(try Sample.record("u\(number)", "people", at: time, subject: person(who, keys: keys)))
      records.append(try Sample.record("o\(number)", "order", at: time, subject: person(who, keys: keys)))
    }
    try ledger.write(records)
    try ledger.write([
      Event.patient(1, .activated, at: "2025-01-10T00:00:00Z"),
      Event.patient(1, .deactivated, at: "2025-02-10T00:00:00Z", keys: [2, 1]),
      Event.patient(2, .activated, at: "2025-01-10T00:00:00Z"),
    ])
    try world.renew("2025-02-11T00:00:00Z")
    return (world, ledger)
  }

  private func erase(_ world: World, _ number: Int) throws -> SubjectErasure.Report {
    try SubjectErasure(world.eye).erase(
      person(number, keys: [2, 1]), of: company("comp"), by: Person("tests"))
  }

  /// Every figure and record, without whom they are about.
  private func figures(_ world: World) throws -> [String] {
    try world.texts(
      """
      SELECT concat_ws('|', 'r', usage_id, metric, quantity, counted, occurred_at, voided, kind) FROM billing.usage_records
      UNION ALL SELECT concat_ws('|', 'd', day, metric, quantity, events) FROM billing.usage_daily
      UNION ALL SELECT concat_ws('|', 'p', period_start, metric, quantity, events) FROM billing.usage_periods ORDER BY 1
      """)
  }

  @Test("records and totals stay, distinct subjects stay as many, and nothing leads to the person any more")
  func erased() throws {
    let (world, ledger) = try makeWorld()
    let before = try figures(world)
    try world.close("2025-01-01")
    try world.close("2025-02-01")
    let report = try erase(world, 1)
    #expect(report.mappings == 2 && report.records == 8)
    #expect(try figures(world) == before)
    for key in [1, 2] as [UInt8] {
      let name = pseudonym(1, key: key)
      for (table, column) in [
        ("usage_records", "subject_pseudonym"), ("usage_subjects", "subject_pseudonym"), ("subjects", "pseudonym"),
      ] as [(StaticString, StaticString)] {
        #expect(
          try world.number(
            "SELECT count(*) FROM billing.\(unescaped: table) WHERE \(unescaped: column) = \(name)") == 0)
      }
      #expect(
        try world.number("SELECT count(*) FROM billing.usage_subjects WHERE \(name) = ANY (former_pseudonyms)") == 0)
    }
    // January's and February's stand-ins do not tell that they were one person.
    #expect(
      try world.number(
        """
        SELECT count(DISTINCT subject_pseudonym) FROM billing.usage_records
        WHERE metric = 'people' AND get_byte(subject_pseudonym, 0) = 0
        """) == 2)
    #expect(try world.number("SELECT count(*) FROM billing.patients") == 1)
    #expect(try world.number("SELECT count(*) FROM billing.patient_changes") == 1)
    try LedgerCheck(canonical: { $0 }).run(world)
    #expect(try Verification(world.eye).run().differences.isEmpty)
    #expect(
      try world.texts(
        "SELECT concat_ws(' ', person, action, company_id, facts) FROM billing.audit_log WHERE company_id IS NOT NULL")
        == [
          #"tests person_erased comp {"mappings":2,"records":8}"#
        ])
    // The other one is known still, and the ledger goes on.
    try ledger.write([Event.patient(2, .deactivated, at: "2025-02-12T00:00:00Z")])
    #expect(try world.number("SELECT count(*) FROM billing.subjects") == 1)
    #expect(try erase(world, 1) == SubjectErasure.Report())
  }

  @Test("refused while the patient is active, and while a period with records of the person is open")
  func refused() throws {
    let (world, _) = try makeWorld()
    let before = try figures(world)
    try world.close("2025-01-01")
    #expect(throws: SubjectErasure.Refusal.self) { try erase(world, 2) }
    do {
      _ = try erase(world, 1)
      Issue.record("a person with records in an open period was erased")
    } catch SubjectErasure.Refusal.openPeriods(let starts) {
      #expect(starts == [try date("2025-02-01")])
    }
    #expect(try world.number("SELECT count(*) FROM billing.subjects") == 3)
    #expect(try world.number("SELECT count(*) FROM billing.usage_records WHERE subject_pseudonym IS NULL") == 0)
    #expect(try figures(world) == before)
    #expect(try world.number("SELECT count(*) FROM billing.audit_log WHERE company_id IS NOT NULL") == 0)
  }

  @Test("somebody nobody knows, and somebody of another company, are nobody")
  func strangers() throws {
    let (world, _) = try makeWorld()
    #expect(try erase(world, 77) == SubjectErasure.Report())
    #expect(
      try SubjectErasure(world.eye).erase(
        person(1, keys: [2, 1]), of: company("nobody"), by: Person("tests")) == SubjectErasure.Report())
    #expect(try world.number("SELECT count(*) FROM billing.subjects") == 3)
  }
}
