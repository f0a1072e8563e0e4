import Billing
import Ledger
import PostgreSQL
import TestBasics
import TestSupport
import Testing

extension EndToEnd {
  /// Old months leave the ledger by themselves, and what comes for them nevertheless is a dead letter.
  @Suite("Retention")
  struct RetentionTests {
    @Test(
      "the scheduler archives what is older than it is kept; a message for it is too old, whatever MAX_USAGE_AGE says")
    func scheduled() throws {
      let folder = try TemporaryFolder()
      let scene = try Scene()
      let old = Usage.now.adding(days: -500)
      try scene.broker.publish([
        Usage.recorded("old", "acme", at: old), Usage.recorded("young", "acme", at: Usage.now.adding(days: -5)),
      ])
      let generous = ["MAX_USAGE_AGE": "600"]
      let first = try scene.worker(generous)
      try scene.awaitCounted(2)
      try scene.finish(first, generous)
      let partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'billing.ledger'::regclass" as SQL
      let months = try scene.number(partitions)
      let settings = ["RETENTION_MONTHS": "15", "ARCHIVE_FOLDER": folder.path]

      // Billed to nobody yet.
      let refused = try TestWorker(["scheduler"], environment: scene.environment(settings))
      try eventually("it says why not: \(refused.standardError)") {
        refused.standardError.contains("a month of the ledger cannot be archived")
      }
      try refused.stop()
      #expect(try scene.number(partitions) == months)

      // From here on the scheduler closes the periods by itself, before it looks for old months.
      try scene.register("acme")
      try scene.connection.execute("DELETE FROM billing.scheduler_runs")
      let scheduler = try TestWorker(["scheduler"], environment: scene.environment(settings))
      try eventually("a month is archived: \(scheduler.standardError)") {
        scheduler.standardError.contains("a month of the ledger is archived")
      }
      try scheduler.stop()
      #expect(
        try scene.number("SELECT count(*) FROM billing.archived_months WHERE state = 'a' AND rows = 1") == 1)
      #expect(
        try scene.connection.query("SELECT person FROM billing.audit_log WHERE action = 'month_archived'").one()
          .decode(String.self, at: 0).hasPrefix("scheduler@"))

      // The same again and others, through a worker that would take them.
      try scene.broker.publish([
        Usage.recorded("fine", "acme"), Usage.recorded("old", "acme", at: old),
        Usage.recorded("other", "acme", at: old.adding(days: -60)), Usage.recorded("also", "acme"),
        #"{"usageId":"old","companyId":"acme","timestamp":"\#(old)","reason":"no"}"#,
      ])
      let second = try scene.worker(generous)
      try scene.awaitCounted(3, deadLetters: 3)
      try scene.finish(second, generous)
      let letters = try scene.broker.takeAll(from: scene.broker.deadLetterQueue)
      #expect(letters.count == 3)
      #expect(letters.allSatisfy { $0.header("x-reason") == "too_old" })
      #expect(Set(letters.map { $0.header("x-detail") }) == ["timestamp: must not be in a month that is archived"])
      // The month's total stands.
      #expect(try scene.number("SELECT sum(quantity)::bigint FROM billing.usage_periods") == 4)
    }
  }
}
