/// Every command of the program, in the order of the help text.
enum Commands {
  static let all: [any Command] = [
    UsageWorkerCommand(),
    OutboxWorkerCommand(),
    SchedulerCommand(),
    AllCommand(),
    MigrateCommand(),
    DoctorCommand(),
    CatalogApplyCommand(),
    CatalogShowCommand(),
    CompaniesSetCommand(),
    CompaniesShowCommand(),
    CompaniesListCommand(),
    UsageCommand(),
    UsageVoidCommand(),
    VerifyCommand(),
    BillingRunCommand(),
    ReconcileCommand(),
    OutboxListCommand(),
    OutboxShowCommand(),
    OutboxRetryCommand(),
    OutboxDiscardCommand(),
    OutboxPauseCommand(),
    OutboxResumeCommand(),
    AuditListCommand(),
    AuditVerifyCommand(),
    StripeSetupCommand(),
    StripeSubscribeCommand(),
    PublishCommand(),
    DeadLettersListCommand(),
    DeadLettersShowCommand(),
    DeadLettersRequeueCommand(),
    DeadLettersDiscardCommand(),
    StripeSimulatorCommand(),
    VersionCommand(),
  ]

  /// What groups of commands are about, by their first word.
  static let groups: [String: String] = [
    "catalog": "Applies and shows metrics, plans and rates.",
    "companies": "Registers, changes and shows companies.",
    "outbox": "Lists, shows, retries and discards what is owed to Stripe; stops and starts sending.",
    "audit": "Lists what people did by command, and verifies that nobody changed the log.",
    "stripe": "Sets up Stripe: meters, products, prices and subscriptions.",
    "dead-letters": "Lists, shows, requeues and discards messages that could not be processed.",
  ]
}
