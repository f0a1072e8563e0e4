/// Why a server could not be started.
public struct HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// `127.0.0.1:8080`.
  public let place: String
  public let reason: String

  public var description: String { "cannot serve HTTP on \(place): \(reason)" }
}
