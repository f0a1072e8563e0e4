import Ledger
import PostgreSQL
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// What order events need of the catalog, and catalogs that change while a worker runs.
  @Suite("Order events and the catalog")
  struct OrderCatalogTests {
    @Test("a charge of a kind that was added to the catalog a moment ago is taken without a restart")
    func newKind() throws {
      let scene = try Scene(of: .orders)
      let worker = try scene.worker()
      try scene.broker.publish([OrderEvents.order("o-1", "acme")])
      try scene.awaitCounted(1)
      let document = try scene.connection.query(
        "SELECT document FROM billing.catalog_versions ORDER BY version DESC LIMIT 1"
      ).one().decode(String.self, at: 0)
      _ = try CatalogStore.apply(
        Array(document.replacing(#""setup_fee""#, with: #""setup_fee", "training""#).utf8), by: "tests",
        on: scene.connection, now: Usage.now)
      try scene.broker.publish([OrderEvents.charge("c-1", "acme", kind: "training")])
      try eventually("the charge is there") { try scene.number("SELECT count(*) FROM billing.charges") == 1 }
      try scene.finish(worker)
    }

    @Test("without the metrics of orders and patients their events are dead letters, until a catalog has them")
    func unknownMetric() throws {
      let scene = try Scene(of: .orders)
      try scene.register("acme")
      let whole = try scene.connection.query(
        "SELECT document FROM billing.catalog_versions ORDER BY version DESC LIMIT 1"
      ).one().decode(String.self, at: 0)
      let lines = whole.split(separator: "\n").filter {
        !$0.contains("radiology_") && !$0.contains("patient_activation")
      }
      func apply(_ document: String) throws {
        _ = try CatalogStore.apply(Array(document.utf8), by: "tests", on: scene.connection, now: Usage.now)
      }
      try apply(lines.joined(separator: "\n").replacing(/,(\s*[\]}])/) { $0.1 })
      let needing = [
        OrderEvents.order("o-1", "acme", modality: "CT"), OrderEvents.order("o-2", "acme", "order.cancelled"),
        OrderEvents.patient("p-1", "acme", "activated"), OrderEvents.patient("p-1", "acme", "deactivated"),
      ]
      try scene.broker.publish(needing + [OrderEvents.charge("c-1", "acme")])
      let worker = try scene.worker()
      try eventually("all are done") {
        try scene.deadLetters() == needing.count && scene.number("SELECT count(*) FROM billing.charges") == 1
      }
      // Nothing is kept of them.
      #expect(
        try scene.number("SELECT (SELECT count(*) FROM billing.orders) + (SELECT count(*) FROM billing.patients)") == 0)
      try scene.run("dead-letters", "requeue", "--code", "unknown_metric", "--queue", scene.broker.queue)
      try eventually("they are dead again") { try scene.deadLetters() == needing.count && scene.broker.waiting() == 0 }
      // With the metrics, and no restart, they count.
      try apply(whole)
      let letters = try scene.broker.takeAll(from: scene.broker.deadLetterQueue)
      #expect(letters.allSatisfy { $0.header("x-reason") == "unknown_metric" })
      #expect(
        letters.allSatisfy { $0.header("x-detail") == "type: needs a metric that is not in the catalog" })
      try scene.broker.publish(letters.map(\.text))
      try scene.awaitCounted(2)
      try scene.finish(worker)
      #expect(try scene.number("SELECT count(*) FROM billing.orders") == 2)
      #expect(try scene.deadLetters() == 0)
    }
  }
}
