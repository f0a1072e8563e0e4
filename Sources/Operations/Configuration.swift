/// What the environment tells this process; read once, never changed.
///
/// Only texts, numbers and durations are checked here. What a URL or a key means is checked by whoever makes a
/// connection of it, and joins the same list of mistakes.
public struct Configuration: Sendable {
  /// Who owns exchanges and queues.
  public enum Topology: String, Sendable, CaseIterable {
    /// This product declares them.
    case declare
    /// The operators do; this product only asks whether they are there.
    case passive
  }

  /// `AMQP_URL`.
  public internal(set) var brokerURL = Secret("amqp://guest:guest@127.0.0.1:5672/")
  /// `DATABASE_URL`; commands that need it say so.
  public internal(set) var databaseURL: Secret?
  /// `PATIENT_REFERENCE_KEY`: the keys under which people's identifiers become pseudonyms.
  public internal(set) var patientReferenceKey: Secret?
  /// `STRIPE_SECRET_KEY`; commands that need it say so.
  public internal(set) var stripeSecretKey: Secret?
  /// `STRIPE_API_BASE`: `https://…` in place of Stripe's address; `nil` for Stripe's own.
  public internal(set) var stripeAPIBase: String?
  /// `STRIPE_METER_EVENTS_BASE`: the same for the stream of meter events.
  public internal(set) var stripeMeterEventsBase: String?
  /// `STRIPE_API_VERSION`; `nil` for the version that this program is written for.
  public internal(set) var stripeAPIVersion: String?
  /// `STRIPE_REQUIRE_SUBSCRIPTION`: meter events wait until the company's subscription has the meter's price.
  public internal(set) var stripeRequireSubscription = true
  /// `STRIPE_CREATE_CUSTOMERS`: a company without a customer at Stripe gets one.
  public internal(set) var stripeCreateCustomers = false
  /// `STRIPE_METER_STREAM`: meter events go by the v2 stream.
  public internal(set) var stripeMeterStream = false
  /// `STRIPE_METER_RATE`: meter events a second, of all replicas.
  public internal(set) var stripeMeterRate = 1000
  /// `STRIPE_METER_STREAM_RATE`: the same by the stream.
  public internal(set) var stripeMeterStreamRate = 10_000
  /// `STRIPE_ENDPOINT_RATE`: requests a second to each other endpoint.
  public internal(set) var stripeEndpointRate = 25
  /// `STRIPE_RATE`: requests a second to all other endpoints together.
  public internal(set) var stripeRate = 100
  /// `STRIPE_TIMEOUT_SECONDS`: of a request, from its start to the last byte of its answer.
  public internal(set) var stripeTimeout: Duration = .seconds(30)
  /// `STRIPE_CONCURRENCY`: requests under way at once; of meter events, and of others.
  public internal(set) var stripeConcurrency = 50
  /// `STRIPE_REJECTIONS_SECONDS`: how often Stripe is asked which meter events it rejected later.
  public internal(set) var stripeRejectionInterval: Duration = .seconds(60)
  /// `OUTBOX_LEASE_SECONDS`: how long a claim is one worker's; longer than a request can live.
  public internal(set) var outboxLease: Duration = .seconds(60)
  /// `OUTBOX_HISTORY_MONTHS`: how long settled entries are kept.
  public internal(set) var outboxHistoryMonths = 13
  /// `BATCH_SIZE`: messages in one transaction, at most.
  public internal(set) var batchSize = 8000
  /// `BATCH_DELAY_MS`: how long a batch that is not full waits for more.
  public internal(set) var batchDelay: Duration = .milliseconds(20)
  /// `PREFETCH`: unacknowledged messages of a lane.
  public internal(set) var prefetch = 16_000
  /// `LANES`: threads, each with a connection to the broker and one to the database.
  public internal(set) var lanes = 2
  /// `MAX_USAGE_AGE`, in days: older usage is refused.
  public internal(set) var maximumUsageAgeDays = 400
  /// `RETENTION_MONTHS`: months that ended longer ago are archived; `nil`: none by themselves.
  public internal(set) var retentionMonths: Int?
  /// `ARCHIVE_FOLDER`: where archives go.
  public internal(set) var archiveFolder: String?
  /// `PERIOD_GRACE`: how long after its end a period is closed.
  public internal(set) var periodGrace: Duration = .seconds(30 * 60)
  /// `METER_REPORT_INTERVAL`: how often usage is reported to Stripe.
  public internal(set) var meterReportInterval: Duration = .seconds(3600)
  /// `HTTP_PORT`; `nil` where none is asked for.
  public internal(set) var httpPort: Int?
  /// `LOG_LEVEL`.
  public internal(set) var logLevel = Log.Level.info
  /// `LOG_FORMAT`; by default text on a terminal, else JSON.
  public internal(set) var logFormat: Log.Format
  /// `USAGE_QUEUE`.
  public internal(set) var usageQueue = "usage.recorded"
  /// `ORDER_QUEUE`.
  public internal(set) var orderQueue = "order-events"
  /// `EVENTS_EXCHANGE`: where messages come in and threshold messages go out.
  public internal(set) var eventsExchange = "billing.events"
  /// `DEAD_LETTER_EXCHANGE`.
  public internal(set) var deadLetterExchange = "billing.dead-letter"
  /// `TOPOLOGY`.
  public internal(set) var topology = Topology.declare
  /// `DELIVERY_LIMIT`: how often a quorum queue delivers a message before it becomes a dead letter.
  public internal(set) var deliveryLimit = 20
  /// `SHUTDOWN_DEADLINE_SECONDS`: how long a role may take to leave.
  public internal(set) var shutdownDeadline: Duration = .seconds(25)
  /// `USAGE_BILLING_FAILPOINTS`: where a test lets the process fail; empty for nowhere.
  public internal(set) var failpoints = ""
  /// `USAGE_BILLING_SCHEMAS`: the folder of migrations and the default catalog; `nil` to look for it.
  public internal(set) var schemasFolder: String?

  init(logFormat: Log.Format) { self.logFormat = logFormat }

  /// Reads and checks the environment.
  ///
  /// An empty value counts as none, because compose files and charts pass on variables that nobody set.
  ///
  /// - Parameters:
  ///   - environment: all variables; those of others are passed over.
  ///   - isTerminal: whether logs go to a terminal, for the default of `LOG_FORMAT`.
  /// - Returns: the configuration, with the default in place of each mistake, and every mistake.
  public static func read(
    _ environment: [String: String], isTerminal: Bool
  ) -> (configuration: Configuration, mistakes: [ConfigurationMistake]) {
    var reader = EnvironmentReader(environment)
    var configuration = Configuration(logFormat: isTerminal ? .text : .json)
    configuration.readSecrets(&reader)
    configuration.readNumbers(&reader)
    configuration.readStripe(&reader)
    configuration.readNames(&reader)
    configuration.readRetention(&reader)
    return (configuration, reader.mistakes)
  }

  private mutating func readSecrets(_ reader: inout EnvironmentReader) {
    brokerURL = reader.secret("AMQP_URL") ?? brokerURL
    databaseURL = reader.secret("DATABASE_URL")
    patientReferenceKey = reader.secret("PATIENT_REFERENCE_KEY")
    stripeSecretKey = reader.secret("STRIPE_SECRET_KEY")
  }

  private mutating func readNumbers(_ reader: inout EnvironmentReader) {
    batchSize = reader.number("BATCH_SIZE", 1...20_000) ?? batchSize
    batchDelay = reader.number("BATCH_DELAY_MS", 0...60_000).map { .milliseconds($0) } ?? batchDelay
    prefetch = reader.number("PREFETCH", 1...65_535) ?? prefetch
    lanes = reader.number("LANES", 1...64) ?? lanes
    maximumUsageAgeDays = reader.number("MAX_USAGE_AGE", 1...3650) ?? maximumUsageAgeDays
    // Stripe keeps a subscription's invoice a draft for an hour: a period that closes later comes too late for it.
    periodGrace = reader.minutes("PERIOD_GRACE", below: .seconds(3600)) ?? periodGrace
    meterReportInterval =
      reader.minutes("METER_REPORT_INTERVAL", .seconds(60)...(.seconds(86_400))) ?? meterReportInterval
    httpPort = reader.number("HTTP_PORT", 1...65_535)
    deliveryLimit = reader.number("DELIVERY_LIMIT", 1...1_000_000) ?? deliveryLimit
    shutdownDeadline = reader.number("SHUTDOWN_DEADLINE_SECONDS", 1...3600).map { .seconds($0) } ?? shutdownDeadline
  }

  private mutating func readNames(_ reader: inout EnvironmentReader) {
    logLevel = reader.choice("LOG_LEVEL", Log.Level.self) ?? logLevel
    logFormat = reader.choice("LOG_FORMAT", Log.Format.self) ?? logFormat
    topology = reader.choice("TOPOLOGY", Topology.self) ?? topology
    usageQueue = reader.name("USAGE_QUEUE") ?? usageQueue
    orderQueue = reader.name("ORDER_QUEUE") ?? orderQueue
    eventsExchange = reader.name("EVENTS_EXCHANGE") ?? eventsExchange
    deadLetterExchange = reader.name("DEAD_LETTER_EXCHANGE") ?? deadLetterExchange
    failpoints = reader.text("USAGE_BILLING_FAILPOINTS") ?? failpoints
    schemasFolder = reader.text("USAGE_BILLING_SCHEMAS")
  }
}
