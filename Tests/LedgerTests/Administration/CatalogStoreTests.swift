import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite(.enabled(if: TestDatabase.isAvailable, "needs a server: DATABASE_URL"))
struct CatalogStoreTests {
  private func apply(_ fixture: Fixture, _ document: [UInt8]) throws(AdministrationError) -> CatalogStore.Applied {
    try CatalogStore.apply(document, by: "test", on: fixture.connection, now: Fixture.now)
  }

  @Test("an identical document changes nothing, however it is written")
  func identical() throws {
    let fixture = try Fixture()
    let before = try versions(fixture)
    let applied = try apply(fixture, try fixture.catalogText { "  " + $0 + "\n\n" })
    #expect(!applied.isNew)
    #expect(try versions(fixture) == before)
  }

  @Test("a used metric's aggregation cannot change, an unused one's can")
  func aggregation() throws {
    let fixture = try Fixture()
    let document = try fixture.catalogText { text in
      text.replacing(
        "{\"name\": \"order\", \"unit\": \"order\", \"source\": \"message\", \"aggregation\": \"sum\"}",
        with: "{\"name\": \"order\", \"unit\": \"order\", \"source\": \"message\", \"aggregation\": \"max\"}")
    }
    try fixture.count("comp-1", "order", 1)
    let before = try versions(fixture)
    #expect {
      try apply(fixture, document)
    } throws: { error in
      guard case AdministrationError.catalog(let mistakes) = error else { return false }
      return mistakes.description.contains("metrics.order.aggregation")
    }
    #expect(try versions(fixture) == before)
    #expect(fixture.connection.transactionStatus == .idle)
    let unused = try Fixture()
    #expect(try apply(unused, document).version == 2)
  }

  @Test("a plan that a company is on cannot vanish")
  func plan() throws {
    let fixture = try Fixture()
    var changes = CompanyChanges()
    changes.plan = PlanID("business")
    _ = try fixture.store.set(try Fixture.company("comp-1"), changes, by: "tests", now: Fixture.now)
    let document = try fixture.catalogText { $0.replacing("\"id\": \"business\"", with: "\"id\": \"other\"") }
    #expect(throws: AdministrationError.self) { try apply(fixture, document) }
  }

  @Test("every mistake of a document is named, and no lock is taken for it")
  func mistakes() throws {
    let fixture = try Fixture()
    let document = try fixture.catalogText {
      $0.replacing("\"threshold\": 5000", with: "\"threshold\": -5").replacing("\"per_unit\"", with: "\"volume\"")
    }
    #expect {
      try apply(fixture, document)
    } throws: { error in
      guard case AdministrationError.catalog(let mistakes) = error else { return false }
      return mistakes.mistakes.count > 5
    }
  }

  @Test("lowered thresholds are announced by the review, for registered companies, once")
  func review() throws {
    let fixture = try Fixture()
    for name in ["a", "b", "c"] {
      if name != "c" {
        _ = try fixture.store.set(try Fixture.company(name), CompanyChanges(), by: "tests", now: Fixture.now)
      }
      try fixture.count(name, "invoice", 450)
    }
    let document = try fixture.catalogText { $0.replacing("\"threshold\": 5000", with: "\"threshold\": 500") }
    #expect(try apply(fixture, document).isNew)
    #expect(try ThresholdReview.ofAllCompanies(on: fixture.connection, now: Fixture.now) == 2)
    #expect(try ThresholdReview.ofAllCompanies(on: fixture.connection, now: Fixture.now) == 0)
    // A lane that remembers the old threshold goes by the new one.
    try fixture.count("a", "invoice", 50)
    #expect(try fixture.announced("a") == ["invoice 500 0.8", "invoice 500 1"])
    #expect(try fixture.announced("c") == [])
  }

  @Test("a recorder's transaction that never ends is named, and leaves the connection usable")
  func busy() throws {
    let fixture = try Fixture()
    let recorder = try fixture.database.connect()
    try recorder.execute("BEGIN; SELECT pg_advisory_xact_lock_shared(\(Registry.lockClass), \(Registry.lockKey))")
    #expect {
      try RegistryChange.run(on: fixture.connection, lockTimeout: .milliseconds(300)) { _ in }
    } throws: { error in
      guard case AdministrationError.busy = error else { return false }
      return true
    }
    #expect(fixture.connection.transactionStatus == .idle)
    try recorder.rollback()
    #expect(throws: Never.self) {
      try RegistryChange.run(on: fixture.connection, lockTimeout: .milliseconds(300)) { _ in }
    }
  }

  private func versions(_ fixture: Fixture) throws -> [Int64] {
    let row = try fixture.connection.query(
      "SELECT (SELECT max(version) FROM billing.catalog_versions), (SELECT version FROM billing.registry_version)"
    ).one()
    return [try row.decode(at: 0), try row.decode(at: 1)]
  }
}
