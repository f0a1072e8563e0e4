import HTTP

/// A method and a path of Stripe's, what it takes, and what it does.
struct Endpoint: Sendable {
  /// Done under the one lock, at once: nothing in it may wait.
  typealias Perform = @Sendable (Call, World) throws(StripeFailure) -> Answer

  /// What its requests are written in, and who may call it.
  enum Style: Sendable {
    /// A form; the account's key.
    case v1
    /// JSON, or a query; the account's key. Not bound to idempotency keys.
    case v2
    /// JSON; a session's token.
    case v2Stream
  }

  let method: HTTPMethod
  /// `/v1/customers/*`, where `*` is an id.
  let path: String
  let style: Style
  let schema: Schema
  /// What a call must have for itself while it is in flight.
  let exclusive: (@Sendable (Parameters, World) -> String?)?
  let perform: Perform

  init(
    _ method: HTTPMethod, _ path: String, _ schema: Schema = .of([:]), style: Style = .v1,
    exclusive: (@Sendable (Parameters, World) -> String?)? = nil, perform: @escaping Perform
  ) {
    self.method = method
    self.path = path
    self.schema = schema
    self.style = style
    self.exclusive = exclusive
    self.perform = perform
  }

  /// `POST /v1/customers`: how control requests and counts name it.
  var name: String { "\(method.rawValue) \(path)" }
}
