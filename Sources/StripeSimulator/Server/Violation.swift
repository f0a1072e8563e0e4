/// Two calls in flight for what Stripe takes one at a time.
struct Violation: Sendable {
  /// Customer and event name.
  let name: String
  /// Requests by number.
  let first: Int
  /// What befell the first, if it was held up by the simulator itself.
  let firstFault: Fault.Kind?
  let second: Int
  /// The second's arrival; machine time, microseconds.
  let received: Int64
}
