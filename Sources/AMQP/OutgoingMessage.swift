/// A message to publish.
public struct OutgoingMessage: Sendable {
  /// The body, sent unchanged.
  public var body: [UInt8]
  /// The body's media type; nil sends none.
  public var contentType: String?
  /// The message's id for whoever consumes it; at most 255 bytes.
  public var messageID: String?
  /// Whether durable queues keep it over a restart of the broker.
  public var isPersistent: Bool
  /// Headers; they must fit into one frame of the connection.
  public var headers: [String: FieldValue]

  /// Makes a message; persistent JSON by default.
  public init(
    body: [UInt8], contentType: String? = "application/json", messageID: String? = nil, isPersistent: Bool = true,
    headers: [String: FieldValue] = [:]
  ) {
    self.body = body
    self.contentType = contentType
    self.messageID = messageID
    self.isPersistent = isPersistent
    self.headers = headers
  }
}
