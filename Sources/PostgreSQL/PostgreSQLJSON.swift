/// A `jsonb` value as JSON text, which the server checks. What comes back is the server's own spelling of it.
public struct PostgreSQLJSON: Hashable, Sendable {
  public let text: String

  public init(text: String) { self.text = text }
}

extension PostgreSQLJSON: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .jsonb }
  public static var postgreSQLArrayType: PostgreSQLType { .jsonbArray }

  public func encode(into buffer: inout BinaryBuffer) {
    // The version of the binary form.
    buffer.append(UInt8(1))
    buffer.append(utf8: text)
  }

  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> PostgreSQLJSON {
    PostgreSQLJSON(text: try String.decode(cell))
  }
}
