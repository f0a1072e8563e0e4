/// A message as the broker handed it over. It is unacknowledged until its tag is settled on the connection it came from.
public struct Delivery: Sendable {
  /// The delivery tag, counting up from 1 on each connection; meaningless on any other.
  public let tag: UInt64
  /// Whether it was delivered before, to anyone, without having been acknowledged.
  public let isRedelivered: Bool
  /// Earlier attempts, as quorum queues count them (`x-delivery-count`); 0 where absent.
  public let deliveryCount: Int
  /// The body, unchanged.
  public let body: [UInt8]
  private let storedProperties: Shared?

  /// Properties, headers and where it was published; nil unless the connection reads properties.
  public var properties: MessageProperties? { storedProperties?.properties }

  /// Shared storage keeps a delivery small: most consumers never read properties.
  private final class Shared: Sendable {
    let properties: MessageProperties
    init(_ properties: MessageProperties) { self.properties = properties }
  }

  /// Makes a delivery; tests of consumers need one without a broker.
  public init(
    tag: UInt64, isRedelivered: Bool = false, deliveryCount: Int = 0, body: [UInt8],
    properties: MessageProperties? = nil
  ) {
    self.tag = tag
    self.isRedelivered = isRedelivered
    self.deliveryCount = deliveryCount
    self.body = body
    storedProperties = properties.map(Shared.init)
  }
}
