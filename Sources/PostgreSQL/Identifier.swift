/// A name of a schema, table or column, which is the only thing besides literals that can become part of a statement's text.
public struct Identifier: Hashable, Sendable, CustomStringConvertible {
  public let name: String

  /// - Throws: `configuration` when the name is empty, longer than the server keeps (63 bytes) or holds a zero byte.
  public init(_ name: String) throws(PostgreSQLError) {
    guard !name.isEmpty, name.utf8.count <= 63, !name.utf8.contains(0) else {
      throw PostgreSQLError(.configuration, "a name in the database has 1 to 63 bytes")
    }
    self.name = name
  }

  /// In quotation marks, those inside it doubled; fit to stand in a statement.
  public var quoted: String {
    var text = "\""
    for character in name.unicodeScalars {
      if character == "\"" { text.unicodeScalars.append(character) }
      text.unicodeScalars.append(character)
    }
    return text + "\""
  }

  public var description: String { quoted }
}

/// A table in a schema.
public struct QualifiedName: Hashable, Sendable, CustomStringConvertible {
  public let schema: Identifier
  public let table: Identifier

  public init(_ schema: Identifier, _ table: Identifier) {
    self.schema = schema
    self.table = table
  }

  public var quoted: String { "\(schema.quoted).\(table.quoted)" }
  public var description: String { quoted }
}
