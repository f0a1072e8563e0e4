import Billing
import Glibc
import Ledger
import PostgreSQL
import Retention
import TestSupport
import Testing

@Suite(
  "Killed at any step, nothing is lost, and a repeat finishes",
  .enabled(if: TestDatabase.isAvailable && TestWorker.binary != nil))
struct CrashTests {
  private func run(
    _ old: OldLedger, _ arguments: [String], _ failpoints: String = "", fileLimit: Int? = nil
  ) throws -> TestWorker {
    try TestWorker(
      ["retention"] + arguments,
      environment: [
        "DATABASE_URL": old.database.url, "ARCHIVE_FOLDER": old.folder, "USAGE_BILLING_FAILPOINTS": failpoints,
      ], fileLimit: fileLimit)
  }

  private func awaitNoLock(_ old: OldLedger) throws {
    // The server notices that its client is gone.
    try eventually("nobody archives") {
      try old.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 6") == 0
    }
  }

  @Test(
    "archiving",
    arguments: [
      RetentionStep.afterDetach, RetentionStep.whileWriting, RetentionStep.afterWrite, RetentionStep.afterVerify,
      RetentionStep.afterRename, RetentionStep.beforeDrop, RetentionStep.afterDrop,
    ] as [StaticString])
  func archiving(_ step: StaticString) throws {
    let old = try OldLedger()
    let (first, second, totals) = (try old.digest("2025-01"), try old.digest("2025-02"), try old.totals())
    let killed = try run(old, ["archive", "--before", "2025-03"], "\(step)=kill")
    #expect(try killed.waitForExit() == .signal(SIGKILL))
    try awaitNoLock(old)
    #expect(try old.totals() == totals)
    #expect(try Verification(old.eye).run().differences.isEmpty)
    let again = try run(old, ["archive", "--before", "2025-03"])
    #expect(try again.waitForExit() == .status(0), "\(again.standardError)")
    #expect(try old.states() == ["2025-01 archived", "2025-02 archived", "2025-03 live"])
    #expect(try old.totals() == totals)
    let months = try LedgerMonth.all(on: old.eye)
    let files = months.compactMap(\.file)
    #expect(old.files == files.map(\.name).sorted())
    #expect(try old.number("SELECT count(*) FROM billing.audit_log WHERE action = 'month_archived'") == 2)
    for file in files { try old.restore(file) }
    #expect(try old.digest("2025-01") == first)
    #expect(try old.digest("2025-02") == second)
    #expect(try old.isClean())
  }

  @Test("putting back", arguments: [RetentionStep.beforeRestore, RetentionStep.afterRestore] as [StaticString])
  func restoring(_ step: StaticString) throws {
    let old = try OldLedger()
    let digest = try old.digest("2025-01")
    let file = try #require(try old.archive(before: "2025-02").first)
    let killed = try run(old, ["restore", old.path(file.name)], "\(step)=kill")
    #expect(try killed.waitForExit() == .signal(SIGKILL))
    try awaitNoLock(old)
    if "\(step)" == "\(RetentionStep.beforeRestore)" {
      #expect(try old.states().first == "2025-01 archived")
      try old.restore(file)
    }
    #expect(try old.states().first == "2025-01 restored")
    #expect(try old.digest("2025-01") == digest)
    #expect(try old.isClean())
  }

  @Test("a month that a kill has left beside the ledger, and that may not leave any more, goes back")
  func backAfterKill() throws {
    let old = try OldLedger()
    let digest = try old.digest()
    let killed = try run(old, ["archive", "--before", "2025-02"], "\(RetentionStep.afterDetach)=kill")
    #expect(try killed.waitForExit() == .signal(SIGKILL))
    try awaitNoLock(old)
    #expect(try old.states().first == "2025-01 detached")
    try old.eye.execute("UPDATE billing.billing_periods SET closed_at = NULL WHERE company_id = 'first'")
    #expect(try !refusals { try old.archive(before: "2025-02") }.isEmpty)
    #expect(try old.states().first == "2025-01 live")
    #expect(try old.digest() == digest)
    #expect(try old.isClean())
  }

  @Test("a disk that is full, or a folder that takes no file: told, and the month is in the ledger as before")
  func noRoom() throws {
    let old = try OldLedger()
    try old.eye.execute(
      """
      INSERT INTO billing.ledger (occurred_at, month, company_id, usage_id, metric, quantity, counted, metadata)
      SELECT '2025-01-14Z', '2025-01-01', 'first', 'm' || n, 'order', n, n, md5(n::text) FROM generate_series(1, 9000) AS n
      """)
    #expect(try Verification(old.eye).repair(by: "tests").isClean)
    try old.close()
    let digest = try old.digest()
    let full = try run(old, ["archive", "--before", "2025-02"], fileLimit: 64 * 1024)
    #expect(try full.waitForExit() == .status(1))
    #expect(full.standardError.contains("\(old.folder)/usage_records-2025-01.partial: File too large"))
    #expect(old.files.isEmpty)
    for folder in ["/nowhere/at/all", "/dev/null", "/proc"] {
      #expect(throws: RetentionError.self) { try old.archive(before: "2025-02", folder: folder) }
    }
    #expect(try old.digest() == digest)
    #expect(try old.states() == ["2025-01 live", "2025-02 live", "2025-03 live"])
    #expect(try old.number("SELECT count(*) FROM billing.archived_months") == 0)
    try old.archive(before: "2025-02")
    #expect(try old.states().first == "2025-01 archived")
  }

  @Test("two archivers at once: one does it, the other is told so; and so is one with another database")
  func two() throws {
    let old = try OldLedger()
    let other = try OldLedger()
    let connection = try old.database.connect()
    var isHeld = false
    try old.archiver().run(
      Archiver.Selection(before: #require(CivilDate("2025-02-01"))), now: OldLedger.now,
      progress: { progress in
        guard progress.phase == .writing, !isHeld else { return }
        isHeld = true
        do {
          _ = try Restorer(connection, by: "tests").restore("/dev/null")
          Issue.record("two at once")
        } catch RetentionError.busy {
        } catch { Issue.record("\(error)") }
        do {
          try other.archive(before: "2025-02", folder: old.folder)
          Issue.record("two files at once")
        } catch RetentionError.file(_, let reason) {
          #expect(reason == "another process is writing it")
        } catch { Issue.record("\(error)") }
      }, archived: { _ in })
    #expect(isHeld)
    #expect(try old.states().first == "2025-01 archived")
    #expect(try other.states().first == "2025-01 live")
    // Two installations may share a folder: their files have names of their own.
    try other.eye.execute("UPDATE billing.usage_records SET recorded_at = recorded_at - interval '1 second'")
    try other.archive(before: "2025-02", folder: old.folder)
    #expect(old.files.count == 2)
  }
}
