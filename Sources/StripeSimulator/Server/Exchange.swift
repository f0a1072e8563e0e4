import HTTP

/// A request on its way through the simulator, until it is answered.
struct Exchange: Sendable {
  let number: Int
  let endpoint: Endpoint
  let call: Call
  /// Why the parameters are refused; found at once, told when it is its turn.
  let objection: StripeFailure?
  /// Parameters as they were sent, for the list.
  let sent: [UInt8]
  let path: String
  let headers: HTTPHeaders
  /// Under which its result is kept; `nil` for none.
  let key: Key?
  let version: String
  /// Machine time, microseconds.
  let received: Int64
  var fault: Fault?
  /// Whether the key is its own while it is in flight.
  var holdsKey = false
  /// What it has for itself while it is in flight.
  var exclusive: String?
  /// Whether it counts as in flight.
  var isAdmitted = false
}

extension Exchange {
  struct Key: Sendable {
    /// With the account it is of.
    let name: String
    /// Of method, path and parameters.
    let fingerprint: UInt64
  }
}

/// How a request ends.
enum Outcome: Sendable {
  case answer(Answer)
  case hangUp
}
