import Testing

@testable import usage_billing

@Suite("Commands of orders and privacy")
struct OrderCommandsTests {
  @Test(
    "wrong usage is named, with exit status 2",
    arguments: [
      (["orders"], "COMPANY is missing"), (["orders", "acme"], "both must be given"),
      (["orders", "acme", "--from", "2025-01-01"], "both must be given"),
      (["orders", "acme", "--from", "2025-01-01", "--to", "2025-01-01"], "--to must be after --from"),
      (["orders", "acme", "--from", "yesterday", "--to", "2025-01-01"], "--from must be a day"),
      (["privacy", "erase"], "--company is missing"),
      (["privacy", "erase", "--company", "acme"], "--subject is missing"),
      (["publish", "--orders", "--ledger", "x"], "cannot be combined"),
    ])
  func wrongUsage(_ arguments: [String], message: String) {
    let run = Run(arguments)
    #expect(run.status == .wrongUsage)
    #expect(run.errors.contains(message), "\(run.errors)")
  }

  @Test("a person's id is never an argument: as a file's name it leads to an error that is about a file")
  func idAsArgument() {
    let run = Run(
      ["privacy", "erase", "--company", "acme", "--subject", "/nowhere/subject"],
      environment: [
        "DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "PATIENT_REFERENCE_KEY": "1:" + String(repeating: "ab", count: 32),
      ])
    #expect(run.status == .failure)
    #expect(run.errors.contains("cannot read /nowhere/subject"))
  }
}
