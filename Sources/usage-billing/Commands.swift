/// Every command of the program, in the order of the help text.
enum Commands {
  static let all: [any Command] = [
    QueueWorkerCommand(.usage),
    QueueWorkerCommand(.orders),
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
    OrdersCommand(),
    VerifyCommand(),
    BillingRunCommand(),
    ReconcileCommand(),
    OutboxListCommand(),
    OutboxShowCommand(),
    OutboxRetryCommand(),
    OutboxDiscardCommand(),
    OutboxPauseCommand(),
    OutboxResumeCommand(),
    StripeSetupCommand(),
    StripeSubscribeCommand(),
    PublishCommand(),
    DeadLettersListCommand(),
    DeadLettersShowCommand(),
    DeadLettersRequeueCommand(),
    DeadLettersDiscardCommand(),
    PrivacyEraseCommand(),
    StripeSimulatorCommand(),
    VersionCommand(),
  ]

  /// What groups of commands are about, by their first word.
  static let groups: [String: String] = [
    "catalog": "Applies and shows metrics, plans and rates.",
    "companies": "Registers, changes and shows companies.",
    "outbox": "Lists, shows, retries and discards what is owed to Stripe; stops and starts sending.",
    "stripe": "Sets up Stripe: meters, products, prices and subscriptions.",
    "dead-letters": "Lists, shows, requeues and discards messages that could not be processed.",
    "privacy": "Forgets people.",
  ]
}
