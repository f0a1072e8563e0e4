import AMQP
import Faults
import Invoicing
import Ledger
import Messages
import Operations
import Outbox
import PostgreSQL
import Retention
import Stripe
import Workers

/// What the environment means: the configuration's texts made into what connections and keys are made of. Mistakes found
/// here join those found in the texts, so that all are named at once.
struct Wiring: Sendable {
  /// What a command cannot do without.
  struct Needs: OptionSet, Sendable {
    let rawValue: Int

    static let database = Needs(rawValue: 1)
    static let pseudonyms = Needs(rawValue: 2)
    static let stripe = Needs(rawValue: 4)
  }

  let configuration: Configuration
  let broker: BrokerConfiguration
  /// Always there for a command that needs pseudonyms.
  let keyring: PseudonymKeyring?
  let failpoints: Failpoints
  let log: Log
  private let database: DatabaseConfiguration?
  private let stripe: StripeConfiguration?

  /// - Parameter isTerminal: whether standard error is one.
  init(_ environment: [String: String], needs: Needs, isTerminal: Bool) throws(ConfigurationMistakes) {
    let (configuration, found) = Configuration.read(environment, isTerminal: isTerminal)
    var mistakes = found
    func require(_ name: String, _ isThere: Bool) {
      // A file or value that could not be used was named already.
      guard !isThere, !mistakes.contains(where: { $0.variable == name || $0.variable == "\(name)_FILE" }) else {
        return
      }
      mistakes.append(ConfigurationMistake(name, "(or \(name)_FILE) must be set for this command"))
    }
    if needs.contains(.database) { require("DATABASE_URL", configuration.databaseURL != nil) }
    if needs.contains(.pseudonyms) { require("PATIENT_REFERENCE_KEY", configuration.patientReferenceKey != nil) }
    if needs.contains(.stripe) { require("STRIPE_SECRET_KEY", configuration.stripeSecretKey != nil) }
    let broker = Self.broker(configuration, &mistakes)
    database = Self.database(configuration, &mistakes)
    keyring = Self.keyring(configuration, &mistakes)
    stripe = Self.stripe(configuration, &mistakes)
    failpoints = Self.failpoints(configuration, &mistakes)
    guard mistakes.isEmpty, let broker else { throw ConfigurationMistakes(mistakes) }
    self.configuration = configuration
    self.broker = broker
    log = Log(level: configuration.logLevel, format: configuration.logFormat)
  }

  /// The database of a command that said it needs one.
  func databaseConfiguration() throws(ConfigurationMistakes) -> DatabaseConfiguration {
    guard let database else {
      throw ConfigurationMistakes([ConfigurationMistake("DATABASE_URL", "must be set for this command")])
    }
    return database
  }

  /// The keys of a command that said it needs pseudonyms.
  func requiredKeyring() throws(ConfigurationMistakes) -> PseudonymKeyring {
    guard let keyring else {
      throw ConfigurationMistakes([ConfigurationMistake("PATIENT_REFERENCE_KEY", "must be set for this command")])
    }
    return keyring
  }

  /// Where Stripe is, for a command that said it needs it.
  func stripeConfiguration() throws(ConfigurationMistakes) -> StripeConfiguration {
    guard let stripe else {
      throw ConfigurationMistakes([ConfigurationMistake("STRIPE_SECRET_KEY", "must be set for this command")])
    }
    return stripe
  }

  /// Whether Stripe can be spoken to: for roles that leave a part of themselves out otherwise.
  var hasStripe: Bool { stripe != nil }

  /// How much all replicas and commands together may ask of Stripe.
  var stripeRates: StripeRates {
    StripeRates(
      meterEvents: configuration.stripeMeterRate, meterEventStream: configuration.stripeMeterStreamRate,
      endpoint: configuration.stripeEndpointRate, all: configuration.stripeRate)
  }

  /// The names of exchanges and queues, and who declares them.
  var topology: Topology {
    Topology(
      mode: configuration.topology == .declare ? .declare : .passive,
      eventsExchange: configuration.eventsExchange, deadLetterExchange: configuration.deadLetterExchange,
      deliveryLimit: configuration.deliveryLimit)
  }

  /// A session for reading and administration.
  func openDatabase() throws -> Connection { try Connection(databaseConfiguration()) }

  private static func broker(
    _ configuration: Configuration, _ mistakes: inout [ConfigurationMistake]
  ) -> BrokerConfiguration? {
    do {
      return try BrokerConfiguration(url: configuration.brokerURL.reveal())
    } catch {
      guard case .invalidConfiguration(let reason) = error.kind else {
        mistakes.append(ConfigurationMistake("AMQP_URL", "cannot be used: \(error)"))
        return nil
      }
      mistakes.append(ConfigurationMistake("AMQP_URL", "cannot be used: \(reason)"))
      return nil
    }
  }

  private static func database(
    _ configuration: Configuration, _ mistakes: inout [ConfigurationMistake]
  ) -> DatabaseConfiguration? {
    guard let url = configuration.databaseURL else { return nil }
    do {
      return try DatabaseConfiguration(url: url.reveal())
    } catch {
      mistakes.append(ConfigurationMistake("DATABASE_URL", "cannot be used: \(error.message)"))
      return nil
    }
  }

  private static func keyring(
    _ configuration: Configuration, _ mistakes: inout [ConfigurationMistake]
  ) -> PseudonymKeyring? {
    guard let keys = configuration.patientReferenceKey else { return nil }
    do {
      return try PseudonymKeyring(keys.reveal())
    } catch {
      mistakes.append(ConfigurationMistake("PATIENT_REFERENCE_KEY", "cannot be used: \(error)"))
      return nil
    }
  }

  private static func stripe(
    _ configuration: Configuration, _ mistakes: inout [ConfigurationMistake]
  ) -> StripeConfiguration? {
    guard let secret = configuration.stripeSecretKey else { return nil }
    guard let key = StripeKey(secret.reveal()) else {
      mistakes.append(ConfigurationMistake("STRIPE_SECRET_KEY", "cannot be used: it has a character that no key has"))
      return nil
    }
    return StripeConfiguration(
      secretKey: key, apiBase: configuration.stripeAPIBase ?? StripeConfiguration.defaultAPIBase,
      meterEventsBase: configuration.stripeMeterEventsBase ?? StripeConfiguration.defaultMeterEventsBase,
      apiVersion: configuration.stripeAPIVersion ?? StripeConfiguration.defaultAPIVersion,
      timeout: configuration.stripeTimeout)
  }

  /// Every place at which a process of this program can be made to fail.
  static let knownFailpoints =
    LedgerStep.all + WorkerFailpoint.all + OutboxStep.all + OutboxFailpoint.all + MeterReportStep.all
    + PeriodCloseStep.all + RetentionStep.all

  private static func failpoints(
    _ configuration: Configuration, _ mistakes: inout [ConfigurationMistake]
  ) -> Failpoints {
    do {
      let failpoints = try Failpoints(parsing: configuration.failpoints)
      try failpoints.requireNames(among: knownFailpoints)
      return failpoints
    } catch {
      mistakes.append(ConfigurationMistake("USAGE_BILLING_FAILPOINTS", "cannot be used: \(error)"))
      return .none
    }
  }
}
