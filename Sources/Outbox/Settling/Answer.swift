/// What is kept of Stripe's last answer.
public struct Answer: Hashable, Sendable {
  /// HTTP's.
  public let status: Int
  /// `Request-Id`: what Stripe's support asks for.
  public let requestID: RemoteID?

  public init(status: Int, requestID: RemoteID?) {
    self.status = status
    self.requestID = requestID
  }
}
