import JSON

/// Everything that the simulator knows: one account. It is used under one lock only.
final class World {
  var settings: SimulatorSettings
  var clock = SimulatedClock()
  var ids = ObjectIDs()

  /// Of which mode the account is: that of its last call's key.
  var isLive = false

  // What is known of calls.
  var requestCount = 0
  var idempotency = IdempotencyKeys()
  var faults = FaultPlan()
  var limiter = RateLimiter()
  var traffic = Traffic()
  /// By what they have for themselves.
  var inFlight: [String: (number: Int, fault: Fault.Kind?)] = [:]
  var violations: [Violation] = []

  // Metering.
  var meters = ObjectStore<Meter>()
  /// The meter that takes events of a name.
  var metersByEvent: [String: String] = [:]
  var usage = MeterUsage()
  var meterErrors = MeterErrors()
  var sessions = MeterEventSessions()

  // Objects.
  var customers = ObjectStore<Customer>()
  var deletedCustomers: [String: Customer] = [:]
  var events = ObjectStore<CoreEvent>()
  var billing = BillingBook()

  /// Reads what comes as JSON.
  let reader: JSONReader

  /// - Throws: where there is no memory for the reader.
  init(_ settings: SimulatorSettings) throws(JSONError) {
    self.settings = settings
    reader = try JSONReader()
  }

  /// Forgets everything but the settings. Ids go on: none is given twice.
  func reset() {
    clock = SimulatedClock()
    idempotency = IdempotencyKeys()
    faults = FaultPlan()
    limiter = RateLimiter()
    traffic = Traffic()
    inFlight = [:]
    violations = []
    meters = ObjectStore()
    metersByEvent = [:]
    usage = MeterUsage()
    meterErrors = MeterErrors()
    sessions = MeterEventSessions()
    customers = ObjectStore()
    deletedCustomers = [:]
    events = ObjectStore()
    billing = BillingBook()
  }

  /// Does what the clock has made due. Called before every execution: it must cost nothing when nothing is due.
  func advance() {
    let now = clock.now
    meterErrors.report(
      begunBefore: now - settings.errorReportDelay.wholeMicroseconds, now: now, isLive: isLive
    ) { report in
      events.put(
        CoreEvent(
          id: ids.next("evt_"), time: now, isLive: isLive, report: report, samples: settings.errorReportSamples))
    }
    Cycles(world: self).advance(to: clock.seconds)
  }
}
