/// `outbox-worker`: tells Stripe until it is told to stop.
struct OutboxWorkerCommand: Command {
  let words = ["outbox-worker"]
  let summary = "Tells Stripe what is owed: meter events, invoice items, invoices, customers."
  let usage = Usage(
    notes: """
      Everything is set by the environment (STRIPE_…, OUTBOX_…); see docs/operations.md. Any number may run. SIGTERM and
      SIGINT: nothing new is begun, requests under way come to their end, what became of them is kept, leave.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring([.database, .stripe])
    return try RoleProcess(wiring: wiring, roles: [try OutboxRole(wiring)]).run()
  }
}
