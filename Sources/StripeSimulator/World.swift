/// Everything that the simulator knows: one account. It is used under one lock only.
final class World {
  var settings: SimulatorSettings
  var clock = SimulatedClock()
  var ids = ObjectIDs()

  // What is known of calls.
  var requestCount = 0
  var idempotency = IdempotencyKeys()
  var faults = FaultPlan()
  var limiter = RateLimiter()
  var traffic = Traffic()
  /// By what they have for themselves.
  var inFlight: [String: (number: Int, fault: Fault.Kind?)] = [:]
  var violations: [Violation] = []
  var sessions = MeterEventSessions()

  // Objects.
  var customers = ObjectStore<Customer>()

  init(_ settings: SimulatorSettings) { self.settings = settings }

  /// Does what the clock has made due. Called before every execution: it must cost nothing when nothing is due.
  func advance() {}
}
