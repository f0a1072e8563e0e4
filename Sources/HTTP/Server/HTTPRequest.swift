/// A request as a server received it.
public struct HTTPRequest: Sendable {
  public let method: HTTPMethod
  /// From the slash on, without the query; still percent-encoded.
  public let path: String
  /// What stands behind the question mark, still percent-encoded; empty without one.
  public let query: String
  /// The path's segments that a route leaves open, in order, percent-decoded.
  public let parameters: [String]
  public let headers: HTTPHeaders
  public let body: [UInt8]
}
