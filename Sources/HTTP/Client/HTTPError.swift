/// Why a request has no answer.
///
/// The text names scheme, host and port; never a path, a header or a body, which may hold keys and people's data.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The nature of a failure.
  public enum Kind: Sendable, Equatable {
    /// URL, header or configuration cannot be used; nothing was sent.
    case invalidRequest(String)
    /// No connection came about: no such host, refused.
    case connectFailed(String)
    /// The TLS handshake failed: the certificate is not to be trusted or not for this host, or no common protocol.
    case tls(String)
    /// The connection ended, or spoke something else than HTTP, before the answer was complete.
    case noAnswer(String)
    /// The time for the request, or for connecting, is over.
    case timedOut
    /// The answer's body or headers are larger than the limit.
    case tooLarge
    /// The client could not work, for want of memory for example.
    case unavailable(String)
  }

  /// The nature of the failure.
  public let kind: Kind
  /// Whether the peer may have received the request, whole or in part, and acted on it. `false` is certain.
  public let mayHaveBeenSent: Bool
  /// Scheme, host and port.
  public let origin: String

  init(_ kind: Kind, mayHaveBeenSent: Bool = false, origin: String = "") {
    self.kind = kind
    self.mayHaveBeenSent = mayHaveBeenSent
    self.origin = origin
  }

  /// Whether the same request can succeed later without anyone changing anything. It may have had its effect already.
  public var isRetryable: Bool {
    switch kind {
    case .connectFailed, .noAnswer, .timedOut, .unavailable: true
    case .invalidRequest, .tls, .tooLarge: false
    }
  }

  public var description: String {
    let place = origin.isEmpty ? "" : " (\(origin))"
    let sent = mayHaveBeenSent ? "; the request may have been received" : "; the request was not sent"
    return switch kind {
    case .invalidRequest(let reason): "the request cannot be sent: \(reason)\(place)"
    case .connectFailed(let reason): "no connection: \(reason)\(place)"
    case .tls(let reason): "TLS failed: \(reason)\(place)"
    case .noAnswer(let reason): "no answer: \(reason)\(place)\(sent)"
    case .timedOut: "timed out\(place)\(sent)"
    case .tooLarge: "the answer is larger than allowed\(place)\(sent)"
    case .unavailable(let reason): "the HTTP client failed: \(reason)\(place)\(sent)"
    }
  }
}
