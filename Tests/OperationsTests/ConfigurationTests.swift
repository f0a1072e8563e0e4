import TestBasics
import Testing

@testable import Operations

@Suite struct ConfigurationTests {
  private func read(_ environment: [String: String], isTerminal: Bool = false) -> (Configuration, [String]) {
    let (configuration, mistakes) = Configuration.read(environment, isTerminal: isTerminal)
    return (configuration, mistakes.map(\.description))
  }

  @Test("an empty environment gives the defaults")
  func defaults() {
    let (configuration, mistakes) = read([:])
    #expect(mistakes.isEmpty)
    #expect(configuration.brokerURL.reveal() == "amqp://guest:guest@127.0.0.1:5672/")
    #expect(configuration.databaseURL == nil)
    #expect(configuration.batchSize == 8000)
    #expect(configuration.batchDelay == .milliseconds(20))
    #expect(configuration.prefetch == 16_000)
    #expect(configuration.lanes == 2)
    #expect(configuration.maximumUsageAgeDays == 400)
    #expect(configuration.periodGrace == .seconds(1800))
    #expect(configuration.httpPort == nil)
    #expect(configuration.logLevel == .info)
    #expect(configuration.topology == .declare)
    #expect(configuration.deliveryLimit == 20)
    #expect(configuration.shutdownDeadline == .seconds(25))
    #expect(configuration.usageQueue == "usage.recorded")
    #expect(configuration.orderQueue == "order-events")
    #expect(configuration.eventsExchange == "billing.events")
    #expect(configuration.deadLetterExchange == "billing.dead-letter")
  }

  @Test("the outbox worker's variables have Stripe's limits as defaults, and are checked together")
  func outboxWorker() {
    let (defaults, mistakes) = read([:])
    #expect(mistakes.isEmpty)
    #expect(defaults.stripeRequireSubscription && !defaults.stripeCreateCustomers && !defaults.stripeMeterStream)
    #expect([defaults.stripeMeterRate, defaults.stripeMeterStreamRate] == [1000, 10_000])
    #expect([defaults.stripeEndpointRate, defaults.stripeRate, defaults.stripeConcurrency] == [25, 100, 50])
    #expect([defaults.stripeTimeout, defaults.outboxLease] == [.seconds(30), .seconds(60)])
    #expect(defaults.outboxHistoryMonths == 13)
    #expect(read(["STRIPE_REQUIRE_SUBSCRIPTION": "False"]).0.stripeRequireSubscription == false)
    #expect(read(["STRIPE_CREATE_CUSTOMERS": "1"]).1 == ["STRIPE_CREATE_CUSTOMERS must be true or false"])
    #expect(read(["OUTBOX_LEASE_SECONDS": "36"]).1.isEmpty)
    let rule = "OUTBOX_LEASE_SECONDS must exceed STRIPE_TIMEOUT_SECONDS by more than 5 seconds"
    #expect(read(["OUTBOX_LEASE_SECONDS": "35"]).1 == [rule])
    #expect(read(["STRIPE_TIMEOUT_SECONDS": "55"]).1 == [rule])
    #expect(read(["STRIPE_TIMEOUT_SECONDS": "55", "OUTBOX_LEASE_SECONDS": "61"]).1.isEmpty)
  }

  @Test("months leave the ledger by themselves only with a folder, and later than usage of them may come")
  func retention() {
    let (defaults, mistakes) = read(["ARCHIVE_FOLDER": "/archive"])
    #expect(mistakes.isEmpty && defaults.retentionMonths == nil && defaults.archiveFolder == "/archive")
    #expect(read(["RETENTION_MONTHS": "15", "ARCHIVE_FOLDER": "/a"]).1.isEmpty)
    #expect(read(["RETENTION_MONTHS": "15"]).1 == ["RETENTION_MONTHS needs ARCHIVE_FOLDER, where archives go"])
    #expect(
      read(["RETENTION_MONTHS": "14", "ARCHIVE_FOLDER": "/a"]).1
        == ["RETENTION_MONTHS must be at least 15, to cover MAX_USAGE_AGE in months of 28 days"])
    #expect(read(["RETENTION_MONTHS": "2", "MAX_USAGE_AGE": "56", "ARCHIVE_FOLDER": "/a"]).1.isEmpty)
    #expect(read(["ARCHIVE_FOLDER": "archive"]).1 == ["ARCHIVE_FOLDER must be a path that begins with /"])
  }

  @Test("logs are text on a terminal and JSON elsewhere unless told otherwise")
  func logFormat() {
    #expect(read([:], isTerminal: true).0.logFormat == .text)
    #expect(read([:], isTerminal: false).0.logFormat == .json)
    #expect(read(["LOG_FORMAT": "json"], isTerminal: true).0.logFormat == .json)
  }

  @Test(
    "values within their range are taken",
    arguments: [
      ("BATCH_SIZE", "1"), ("BATCH_SIZE", "20000"), ("BATCH_DELAY_MS", "0"), ("BATCH_DELAY_MS", "60000"),
      ("PREFETCH", "65535"), ("LANES", "64"), ("MAX_USAGE_AGE", "400"), ("PERIOD_GRACE", "0"), ("PERIOD_GRACE", "59"),
      ("PERIOD_GRACE", "30m"), ("PERIOD_GRACE", "90s"), ("HTTP_PORT", "65535"), ("LOG_LEVEL", "trace"),
      ("LOG_LEVEL", "Warning"), ("LOG_FORMAT", "text"), ("TOPOLOGY", "passive"), ("DELIVERY_LIMIT", "1"),
      ("SHUTDOWN_DEADLINE_SECONDS", "1"), ("USAGE_QUEUE", "größe"), ("STRIPE_API_BASE", "http://127.0.0.1:8080"),
      ("STRIPE_METER_EVENTS_BASE", "https://meter-events.stripe.com/"), ("STRIPE_API_VERSION", "2026-10-28.endive"),
      ("LANES", ""), ("AMQP_URL_FILE", ""),
    ])
  func taken(name: String, value: String) {
    #expect(read([name: value]).1 == [])
  }

  @Test(
    "values outside their range are mistakes that name the variable",
    arguments: [
      ("BATCH_SIZE", "0"), ("BATCH_SIZE", "20001"), ("BATCH_SIZE", "+5"), ("BATCH_SIZE", "1e3"), ("BATCH_SIZE", " 5"),
      ("BATCH_DELAY_MS", "60001"), ("BATCH_DELAY_MS", "-1"), ("PREFETCH", "0"), ("PREFETCH", "65536"), ("LANES", "65"),
      ("LANES", "99999999999999999999"), ("MAX_USAGE_AGE", "0"), ("MAX_USAGE_AGE", "400d"), ("PERIOD_GRACE", "60"),
      ("PERIOD_GRACE", "m"), ("PERIOD_GRACE", "1h"), ("PERIOD_GRACE", "99999999999999999999m"), ("HTTP_PORT", "65536"),
      ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("TOPOLOGY", "maybe"), ("DELIVERY_LIMIT", "0"),
      ("SHUTDOWN_DEADLINE_SECONDS", "0"), ("USAGE_QUEUE", "a\nb"), ("EVENTS_EXCHANGE", "\u{7F}"),
      ("DATABASE_URL_FILE", "/nowhere/at/all"), ("STRIPE_API_BASE", "api.stripe.com"), ("STRIPE_API_BASE", "https://"),
      ("STRIPE_API_BASE", "https://x/?key=1"), ("STRIPE_METER_EVENTS_BASE", "https://x y"),
      ("STRIPE_API_VERSION", "a\r\nb"), ("STRIPE_SECRET_KEY_FILE", "/nowhere"), ("PATIENT_REFERENCE_KEY_FILE", "/"),
      ("AMQP_URL_FILE", "/dev/null"),
    ])
  func mistaken(name: String, value: String) {
    let mistakes = read([name: value]).1
    #expect(mistakes.count == 1)
    #expect(mistakes.first?.hasPrefix(name) == true)
  }

  @Test("all mistakes are named at once")
  func allAtOnce() {
    let mistakes = read(["LANES": "0", "PREFETCH": "x", "LOG_LEVEL": "loud", "BATCH_SIZE": "7"]).1
    #expect(mistakes.count == 3)
  }

  @Test("a secret comes from a file as well, without the line break at its end")
  func secretFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("postgresql://x:pass word@h/db\n", to: "secret")
    let (configuration, mistakes) = read(["DATABASE_URL_FILE": path])
    #expect(mistakes == [])
    #expect(configuration.databaseURL?.reveal() == "postgresql://x:pass word@h/db")
    #expect(read(["DATABASE_URL_FILE": path, "DATABASE_URL": "x"]).1.count == 1)
  }

  @Test("no text made of a configuration or its mistakes holds a secret")
  func noLeak() {
    let environment = [
      "AMQP_URL": "amqp://u:hidden1@h/", "DATABASE_URL": "postgresql://u:hidden2@h/",
      "PATIENT_REFERENCE_KEY": "hidden3",
      "LANES": "hidden4", "LOG_LEVEL": "hidden5", "USAGE_QUEUE": "hidden6\n", "PERIOD_GRACE": "hidden7",
      "DATABASE_URL_FILE": "/tmp/x", "STRIPE_SECRET_KEY": "hidden8", "STRIPE_API_BASE": "hidden9",
    ]
    let (configuration, mistakes) = Configuration.read(environment, isTerminal: false)
    var dumped = ""
    dump(configuration, to: &dumped)
    for text in ["\(configuration)", String(reflecting: configuration), dumped, "\(ConfigurationMistakes(mistakes))"] {
      #expect(!text.contains("hidden"))
    }
    #expect(configuration.brokerURL.reveal().contains("hidden1"))
    #expect(mistakes.count == 6)
  }
}
