/// A text that is sent to Stripe: words of this program, with values of `Outbound` types in them.
///
/// A literal is a `StaticString`, so no `String` made at run time can become one, not even by way of
/// `init(stringLiteral:)`.
public struct StripeText: Hashable, Sendable, ExpressibleByStringInterpolation {
  /// As it is sent, before any encoding.
  public let text: String

  public init(stringLiteral text: StaticString) { self.text = text.description }

  public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  public init(_ value: some Outbound) { text = value.outboundText }

  /// A company's name as an operator typed it: the one text that people wrote. Only a customer's `name` takes it.
  init(_ name: CompanyDisplayName) { text = name.text }

  /// Parts with nothing between them.
  init(joining parts: [StripeText]) { text = parts.map(\.text).joined() }

  public struct StringInterpolation: StringInterpolationProtocol, Sendable {
    fileprivate var text = ""

    public init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    public mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

    public mutating func appendInterpolation(_ value: some Outbound) { text += value.outboundText }

    public mutating func appendInterpolation(_ value: StripeText) { text += value.text }
  }
}
