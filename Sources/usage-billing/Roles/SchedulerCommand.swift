/// `scheduler`: does what is due by the clock until it is told to stop.
struct SchedulerCommand: Command {
  let words = ["scheduler"]
  let summary = "Does what is due by the clock: renews patients, closes periods, reports usage for Stripe, archives."
  let usage = Usage(
    notes: """
      Any number may run: one leads, the others take over when it is gone. How often usage is reported is set by
      METER_REPORT_INTERVAL (1h); at a period's end it is reported at once. It writes what is owed; outbox-worker sends
      it. SIGTERM and SIGINT: finish the companies in hand, leave.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring([.database])
    return try RoleProcess(wiring: wiring, roles: [try SchedulerRole(wiring)]).run()
  }
}
