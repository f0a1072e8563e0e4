/// The message of a log line: text of this program, with values of `Loggable` types in it.
///
/// A literal is a `StaticString`, so no `String` made at run time can become a message, not even by way of
/// `init(stringLiteral:)`.
public struct LogMessage: ExpressibleByStringInterpolation, Sendable {
  let text: String

  public init(stringLiteral text: StaticString) { self.text = text.description }

  public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  public struct StringInterpolation: StringInterpolationProtocol, Sendable {
    fileprivate var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    public mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

    public mutating func appendInterpolation(_ value: some Loggable) { text += value.logText }
  }
}
