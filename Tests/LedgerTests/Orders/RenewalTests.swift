import Billing
import Faults
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("Patients are renewed at each period's start", .enabled(if: TestDatabase.isAvailable))
struct RenewalTests {
  private func starts(_ world: World, _ company: String = "comp") throws -> [String] {
    try world.texts(
      """
      SELECT period_start::text FROM billing.patient_charges WHERE company_id = \(company) AND stands ORDER BY 1
      """)
  }

  @Test("a scheduler that was down over three boundaries charges each of them, also for who has left meanwhile")
  func down() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([
      Event.patient(1, .activated, at: "2024-10-10T00:00:00Z"),
      Event.patient(2, .activated, at: "2024-10-10T00:00:00Z"),
      Event.patient(3, .activated, at: "2024-10-10T00:00:00Z"),
      Event.patient(3, .deactivated, at: "2024-10-11T00:00:00Z"),
    ])
    try world.renew("2024-11-02T00:00:00Z")
    try ledger.write([Event.patient(2, .deactivated, at: "2024-12-10T00:00:00Z")])
    let report = try world.renew("2025-02-02T00:00:00Z")
    #expect(report.charged == 4 && report.companies == 1)
    #expect(
      try starts(world) == [
        "2024-10-01", "2024-10-01", "2024-10-01", "2024-11-01", "2024-11-01", "2024-12-01", "2024-12-01", "2025-01-01",
        "2025-02-01",
      ])
    for _ in 0..<5 { #expect(try world.renew("2025-02-03T00:00:00Z") == PatientRenewal.Report()) }
    try LedgerCheck().run(world)
  }

  @Test(
    "companies with anchor days 29, 30 and 31 are renewed at their periods' clamped starts", arguments: [29, 30, 31])
  func anchors(_ day: Int) throws {
    let world = try World(registering: [])
    try world.register("comp", anchor: day)
    try world.replica().write([Event.patient(1, .activated, at: "2024-12-31T12:00:00Z")])
    try world.renew("2025-02-28T00:29:00Z")
    #expect(try starts(world).count == 2)
    try world.renew("2025-02-28T00:30:00Z")
    #expect(try starts(world).last == "2025-02-28")
    try world.renew("2025-04-01T12:00:00Z")
    #expect(try starts(world) == ["2024-12-\(day)", "2025-01-\(day)", "2025-02-28", "2025-03-\(day)"])
    try LedgerCheck().run(world)
  }

  @Test("many patients, two runs at once and events between them: each is charged once")
  func concurrently() throws {
    let world = try World()
    let patients = 1_300
    try world.replica().write(
      try (0..<patients).map { try Event.patient($0, .activated, at: "2025-01-10T00:00:00Z") })
    let barrier = Barrier(4)
    try inParallel(4) { [database = world.database] index in
      if index < 2 {
        let renewal = try PatientRenewal(connection: .forLedger(database.configuration), grace: .seconds(1800))
        try barrier.wait()
        _ = try renewal.run(asOf: try instant("2025-02-02T00:00:00Z"))
      } else {
        let ledger = try database.replica()
        try barrier.wait()
        // New patients of January, who are owed February too, and old ones that leave in February.
        for batch in 0..<20 {
          try ledger.write(
            try (0..<10).flatMap { number -> [OrderEvent] in
              let offset = batch * 20 + (index - 2) * 10 + number
              return [
                try Event.patient(10_000 + offset, .activated, at: "2025-01-20T00:00:00Z"),
                try Event.patient(offset, .deactivated, at: "2025-02-01T10:00:00Z"),
              ]
            })
        }
      }
    }
    try world.renew("2025-02-02T00:00:00Z")
    let all = patients + 400
    #expect(try world.total("patient_activation", "2025-01-01") == Quantity(all))
    #expect(try world.total("patient_activation", "2025-02-01") == Quantity(all))
    try LedgerCheck().run(world)
  }

  @Test("a run that was broken off is brought to its end by the next one, and by later boundaries")
  func brokenOff() throws {
    let world = try World()
    try world.replica().write(
      try (0..<900).map { try Event.patient($0, .activated, at: "2025-01-10T00:00:00Z") })
    // The connection is cut inside the commit of the first chunk: nobody knows whether it counted.
    let cut = try PatientRenewal(
      connection: .forLedger(world.database.configuration), grace: .seconds(1800),
      failpoints: Failpoints(parsing: "ledger.inside_commit=cut"))
    #expect(throws: LedgerError.self) { try cut.run(asOf: try instant("2025-02-02T00:00:00Z")) }
    #expect(try starts(world).count < 1_800)
    try world.renew("2025-02-02T00:00:00Z")
    #expect(try starts(world).count == 1_800)
    let again = try PatientRenewal(
      connection: .forLedger(world.database.configuration), grace: .seconds(1800),
      failpoints: Failpoints(parsing: "ledger.inside_commit=cut@2"))
    #expect(throws: LedgerError.self) { try again.run(asOf: try instant("2025-03-02T00:00:00Z")) }
    try world.renew("2025-04-02T00:00:00Z")
    #expect(try starts(world).count == 3_600)
    try LedgerCheck().run(world)
  }

  @Test("records name the patient as its events do, so that lines can be told apart")
  func subjects() throws {
    let world = try World()
    try world.replica().write([Event.patient(7, .activated, at: "2025-01-10T00:00:00Z")])
    try world.renew("2025-02-02T00:00:00Z")
    let wanted = pseudonym(7)
    #expect(
      try world.number(
        "SELECT count(*) FROM billing.usage_records WHERE metric = 'patient_activation' AND subject_pseudonym = \(wanted)"
      )
        == 2)
  }
}
