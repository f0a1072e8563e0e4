import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("A patient is charged once for a period", .enabled(if: TestDatabase.isAvailable))
struct PatientTests {
  @Test("every order of arrival of seven events across a period's end, before one renewal, comes to the same charges")
  func permutationsOfPatient() throws {
    let world = try World()
    let ledger = try world.replica()
    func events(_ number: Int) throws -> [OrderEvent] {
      [
        try Event.patient(number, .activated, at: "2024-12-10T08:00:00Z"),
        try Event.patient(number, .deactivated, at: "2024-12-20T08:00:00Z"),
        try Event.patient(number, .activated, at: "2024-12-20T08:00:00Z", id: 2),
        // Exactly at the period's start: not active in it.
        try Event.patient(number, .deactivated, at: "2025-01-01T00:00:00Z"),
        try Event.patient(number, .activated, at: "2025-01-02T00:00:00Z"),
        try Event.patient(number, .deactivated, at: "2025-01-20T00:00:00Z"),
        try Event.patient(number, .activated, at: "2025-01-31T23:59:59Z"),
      ]
    }
    let orders = permutations(7)
    for step in 0..<7 {
      try ledger.write(try orders.enumerated().map { number, order in try events(number)[order[step]] })
    }
    let first = try world.renew("2025-02-10T00:00:00Z")
    #expect(first.charged == 5040)
    let periods = try world.texts(
      """
      SELECT concat_ws(' ', period_start, count(*)) FROM billing.patient_charges WHERE stands GROUP BY period_start
      ORDER BY 1
      """)
    #expect(periods == ["2024-12-01 5040", "2025-02-01 5040"])
    #expect(try world.total("patient_activation", "2024-12-01") == Quantity(5040))
    #expect(try world.total("patient_activation", "2025-01-01") ?? .zero == .zero)
    #expect(try world.total("patient_activation", "2025-02-01") == Quantity(5040))
    for _ in 0..<3 { #expect(try world.renew("2025-02-20T00:00:00Z") == PatientRenewal.Report()) }
    try LedgerCheck().run(world)
  }

  @Test("activated, deactivated and activated again in a period: charged once; still active in the next: once more")
  func twoPeriods() throws {
    let world = try World()
    let ledger = try world.replica()
    for (change, day) in [(PatientStep.Change.activated, 3), (.deactivated, 4), (.activated, 5), (.activated, 6)] {
      try ledger.write([Event.patient(1, change, at: "2025-01-0\(day)T00:00:00Z")])
    }
    #expect(try world.standing() == ["patient_activation 2025-01-03"])
    // Before the grace of the period before is over, nothing is renewed.
    #expect(try world.renew("2025-02-01T00:29:59Z").charged == 0)
    #expect(try world.renew("2025-02-01T00:30:00Z").charged == 1)
    #expect(try world.standing() == ["patient_activation 2025-01-03", "patient_activation 2025-02-01"])
    try LedgerCheck().run(world)
  }

  @Test("a late deactivation with an earlier time is seen by periods not yet begun, and gives nothing back")
  func lateDeactivation() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Event.patient(1, .activated, at: "2024-12-03T00:00:00Z")])
    try world.renew("2025-01-05T00:00:00Z")
    try ledger.write([Event.patient(1, .deactivated, at: "2024-12-20T00:00:00Z")])
    try world.renew("2025-02-05T00:00:00Z")
    #expect(try world.standing() == ["patient_activation 2024-12-03", "patient_activation 2025-01-01"])
    try LedgerCheck().run(world)
  }

  @Test("an activation that arrives late charges each begun period at whose start the patient was active")
  func lateActivation() throws {
    let world = try World()
    let ledger = try world.replica()
    // Somebody else has the company renewed.
    try ledger.write([Event.patient(9, .activated, at: "2024-11-03T00:00:00Z")])
    try world.renew("2025-02-05T00:00:00Z")
    let tally = try ledger.write([Event.patient(1, .activated, at: "2024-12-15T00:00:00Z")])
    #expect(tally.counted == 3)
    #expect(
      try world.texts("SELECT period_start::text FROM billing.patient_charges WHERE stands ORDER BY 1")
        == [
          "2024-11-01", "2024-12-01", "2024-12-01", "2025-01-01", "2025-01-01", "2025-02-01", "2025-02-01",
        ])
    #expect(try world.renew("2025-02-06T00:00:00Z").charged == 0)
    try LedgerCheck().run(world)
  }

  @Test("a first activation that was not the first is taken back while its period was not renewed, and can come again")
  func takenBackAndAgain() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Event.patient(1, .activated, at: "2025-02-10T00:00:00Z")])
    // First in January, and deactivated before February.
    let second = try ledger.write([
      Event.patient(1, .activated, at: "2025-01-10T00:00:00Z"),
      Event.patient(1, .deactivated, at: "2025-01-11T00:00:00Z"),
    ])
    #expect(second.voided == 1 && second.counted == 1)
    #expect(try world.standing() == ["patient_activation 2025-01-10"])
    // Active at the start of February after all: charged under the next number.
    try ledger.write([Event.patient(1, .activated, at: "2025-01-12T00:00:00Z")])
    try world.renew("2025-02-10T00:00:00Z")
    #expect(try world.standing() == ["patient_activation 2025-01-10", "patient_activation 2025-02-01"])
    #expect(
      try world.number("SELECT count(*) FROM billing.usage_records WHERE usage_id LIKE 'activation:%:2025-02-01:2'")
        == 1)
    try LedgerCheck().run(world)
  }

  @Test("what a person has taken back is charged again neither by a renewal nor by what is heard later")
  func takenBackByPerson() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([
      Event.patient(1, .activated, at: "2025-02-10T00:00:00Z"),
      Event.patient(2, .activated, at: "2025-01-10T00:00:00Z"),
    ])
    func void(_ start: String, at time: String) throws {
      let id = try #require(
        try world.texts(
          "SELECT usage_id FROM billing.usage_records WHERE kind = 'u' AND usage_id LIKE \("activation:%:\(start)")"
        ).first)
      #expect(try ledger.write([], voids: [Sample.void(id, at: time)]).voids == [.voided])
    }
    try void("2025-02-01", at: "2025-02-10T00:00:00Z")
    try void("2025-01-01", at: "2025-01-10T00:00:00Z")
    // It was not the first after all, and the patient not active in February; then active after all.
    let second = try ledger.write([
      Event.patient(1, .activated, at: "2025-01-10T00:00:00Z"),
      Event.patient(1, .deactivated, at: "2025-01-11T00:00:00Z"),
    ])
    #expect(second.voided == 0 && second.counted == 1 && second.differences == 0)
    try ledger.write([Event.patient(1, .activated, at: "2025-01-12T00:00:00Z")])
    try world.renew("2025-02-11T00:00:00Z")
    // Of the second patient February alone, of the first January.
    #expect(try world.standing() == ["patient_activation 2025-01-10", "patient_activation 2025-02-01"])
    for _ in 0..<2 { #expect(try world.renew("2025-02-12T00:00:00Z").charged == 0) }
    try LedgerCheck().run(world)
  }

  @Test("a charge in a closed period is not taken back; the difference is told")
  func closed() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([Event.patient(1, .activated, at: "2025-02-10T00:00:00Z")])
    try world.close("2025-02-01")
    let late = try ledger.write([
      Event.patient(1, .activated, at: "2025-01-10T00:00:00Z"),
      Event.patient(1, .deactivated, at: "2025-01-11T00:00:00Z"),
    ])
    #expect(late.differences == 1 && late.voided == 0 && late.counted == 1)
    try LedgerCheck().run(world)
  }
}
