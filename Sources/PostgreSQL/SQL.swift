/// A statement and its parameters. Interpolated values are bound, never pasted into the text:
///
///     connection.query("SELECT total FROM totals WHERE company_id = \(company) AND metric = ANY(\(metrics))")
///
/// becomes `… company_id = $1 AND metric = ANY($2)`. Parameters have the types of their Swift values, so a `String` for a
/// `jsonb` or `uuid` column needs a cast in the text (`\(document)::jsonb`).
public struct SQL: ExpressibleByStringInterpolation, CustomStringConvertible {
  /// With `$1`, `$2`, … for the values.
  public let text: String
  let bindings: Bindings

  public init(stringLiteral text: String) {
    self.text = text
    bindings = Bindings()
  }

  public init(stringInterpolation: StringInterpolation) {
    text = stringInterpolation.text
    bindings = stringInterpolation.bindings
  }

  /// The text only: values may be confidential.
  public var description: String { text }

  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    fileprivate let bindings = Bindings()

    public init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 3 * interpolationCount)
    }

    public mutating func appendLiteral(_ literal: String) { text += literal }

    /// Binds the value as the next parameter.
    public mutating func appendInterpolation<Value: PostgreSQLEncodable>(_ value: Value) {
      text += "$\(bindings.append(value))"
    }

    /// Binds the value, or a null, as the next parameter.
    public mutating func appendInterpolation<Value: PostgreSQLEncodable>(_ value: Value?) {
      text += "$\(bindings.append(value))"
    }

    /// A name, quoted.
    public mutating func appendInterpolation(_ identifier: Identifier) { text += identifier.quoted }

    /// A table's name, quoted.
    public mutating func appendInterpolation(_ name: QualifiedName) { text += name.quoted }

    /// Text that stands in the source code, for instance a list of columns used in several statements.
    public mutating func appendInterpolation(unescaped text: StaticString) { self.text += "\(text)" }
  }
}
