/// `all`: every role in one process.
struct AllCommand: Command {
  let words = ["all"]
  let summary = "Every role in one process: counts usage and orders, reports, with STRIPE_SECRET_KEY tells Stripe."
  let usage = Usage(
    notes: """
      For small installations and for trying things out; roles of their own scale and fail by themselves. One HTTP_PORT
      shows all of them. SIGTERM and SIGINT stop them together, within one SHUTDOWN_DEADLINE_SECONDS.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring([.database, .pseudonyms])
    return try RoleProcess(wiring: wiring, roles: try Self.roles(wiring)).run()
  }

  private static func roles(_ wiring: Wiring) throws -> [any Role] {
    var roles: [any Role] = [
      try QueueRole(.usage, wiring), try QueueRole(.orders, wiring), try SchedulerRole(wiring),
    ]
    if wiring.hasStripe {
      roles.append(try OutboxRole(wiring))
    } else {
      wiring.log.warning("STRIPE_SECRET_KEY is not set: Stripe is told nothing")
    }
    return roles
  }
}
