/// What `ConsumerConnection.next` found.
public enum Incoming: Sendable {
  /// A whole message.
  case delivery(Delivery)
  /// A message whose body is over the limit, in bytes. The body was read and dropped; the tag must still be settled.
  case oversized(tag: UInt64, size: Int, isRedelivered: Bool)

  /// The delivery tag to settle.
  public var tag: UInt64 {
    switch self {
    case .delivery(let delivery): delivery.tag
    case .oversized(let tag, _, _): tag
    }
  }
}
