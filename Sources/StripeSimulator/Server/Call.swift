/// A request that was let in: who asks for what.
struct Call: Sendable {
  /// The open segments of the path.
  let ids: [String]
  let parameters: Parameters
  /// As it was sent; what JSON endpoints read.
  let body: [UInt8]
  let requestID: String
  let idempotencyKey: String?
  let isLive: Bool

  /// The id in the path.
  var id: String { ids.first ?? "" }
}
