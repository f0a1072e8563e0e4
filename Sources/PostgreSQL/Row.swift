/// One row. Decoding copies, so values outlive it.
public struct Row {
  private let result: ResultStorage
  private let index: Int

  init(_ result: ResultStorage, _ index: Int) {
    self.result = result
    self.index = index
  }

  /// The number of columns.
  public var count: Int { result.columnCount }

  private func cell(_ column: Int) throws(PostgreSQLError) -> Cell {
    guard column >= 0, column < result.columnCount else {
      throw PostgreSQLError(.decoding, "there is no column \(column), only \(result.columnCount)")
    }
    return Cell(result, row: index, column: column)
  }

  /// The value of a column, counted from 0.
  /// - Throws: `decoding`.
  public func decode<Value: PostgreSQLDecodable>(
    _ type: Value.Type = Value.self, at column: Int
  ) throws(PostgreSQLError) -> Value {
    let cell = try cell(column)
    // Decoders read the result's memory through pointers, which alone would not keep it.
    defer { withExtendedLifetime(result) {} }
    return try Value.decode(cell)
  }

  /// The value of the first column of that name.
  /// - Throws: `decoding`.
  public func decode<Value: PostgreSQLDecodable>(
    _ type: Value.Type = Value.self, named name: String
  ) throws(PostgreSQLError) -> Value {
    for column in 0..<result.columnCount where result.columnName(column) == name {
      return try decode(type, at: column)
    }
    throw PostgreSQLError(.decoding, "there is no column \"\(name)\"")
  }

  /// Short for `decode`.
  public subscript<Value: PostgreSQLDecodable>(column: Int, as type: Value.Type) -> Value {
    get throws(PostgreSQLError) { try decode(type, at: column) }
  }
}
