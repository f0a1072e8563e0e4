/// Who does something by command: the system's user and host, `alice@billing-1`.
///
/// 1 to 128 of `[A-Za-z0-9._@+\-]`: another character is kept as `?`, and what is longer is cut off, since no name may
/// keep an act from being recorded.
public struct Person: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  private static let longest = 128

  public let text: String

  public init(_ name: String) {
    let kept = name.unicodeScalars.prefix(Self.longest).map { Self.isAllowed($0) ? Character($0) : "?" }
    text = kept.isEmpty ? "?" : String(kept)
  }

  public init(stringLiteral name: StaticString) { self.init(name.description) }

  public var description: String { text }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "@", "+", "-": true
    default: false
    }
  }
}
