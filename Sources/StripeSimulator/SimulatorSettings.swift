/// How a simulator behaves; `POST /_simulator/settings` changes it while it runs.
public struct SimulatorSettings: Sendable {
  /// What is let through. `nil`: anything.
  public var limits = Limits()
  /// Before each answer.
  public var latency: Duration = .zero
  /// How long after its arrival a meter event is in the summaries, by the simulator's clock.
  public var summaryLag: Duration = .zero
  /// How long errors of a meter are gathered, by the simulator's clock, until they are reported.
  public var errorReportDelay: Duration = .zero
  /// How many events a report names for each kind of error.
  public var errorReportSamples = 10
  /// How long a draft invoice of a subscription stays one.
  public var invoiceGrace: Duration = .seconds(3600)
  /// How long keys are known, by the simulator's clock.
  public var idempotencyLifetime: Duration = .seconds(86_400)
  /// How long meter events' identifiers are known, by the simulator's clock.
  public var identifierLifetime: Duration = .seconds(86_400)
  /// Whether a second call for a customer and meter in flight is refused; it is recorded in any case.
  public var refusesConcurrentMeterCalls = true
  /// How many requests are kept for the list; `nil` for all of them.
  public var requestLogSize: Int? = 10_000

  public init() {}

  /// Calls a second, and calls at once.
  public struct Limits: Sendable {
    /// Every call but those that have a rate of their own.
    public var global: Int?
    /// Each endpoint.
    public var endpoint: Int?
    /// `POST /v1/billing/meter_events`.
    public var meterEvents: Int?
    /// `POST /v2/billing/meter_event_stream`.
    public var meterEventStream: Int?
    public var globalConcurrency: Int?
    public var endpointConcurrency: Int?

    public init() {}

    /// Those of Stripe's live mode.
    public static var stripe: Limits {
      var limits = Limits()
      (limits.global, limits.endpoint, limits.meterEvents, limits.meterEventStream) = (100, 25, 1000, 10_000)
      return limits
    }

    /// Those of a sandbox.
    public static var sandbox: Limits {
      var limits = stripe
      limits.global = 25
      return limits
    }
  }
}

extension Duration {
  var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
