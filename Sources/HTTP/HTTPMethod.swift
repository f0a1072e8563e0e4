/// The request methods that are used here.
public enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"

  /// Whether sending it twice is the same as sending it once, by what the method means.
  var isSafelyRepeated: Bool { self == .get || self == .head }
}
