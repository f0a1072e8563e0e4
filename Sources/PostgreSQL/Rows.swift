/// The rows a statement returned, all in memory.
public struct Rows: RandomAccessCollection {
  private let result: ResultStorage?

  init(_ result: ResultStorage?) { self.result = result }

  public var startIndex: Int { 0 }
  public var endIndex: Int { result?.rowCount ?? 0 }

  /// - Precondition: `position` is below `count`, as in any collection.
  public subscript(position: Int) -> Row {
    guard let result, position >= 0, position < result.rowCount else { preconditionFailure("no such row") }
    return Row(result, position)
  }

  /// The columns' names, in order.
  public var columns: [String] {
    guard let result else { return [] }
    return (0..<result.columnCount).map { result.columnName($0) }
  }

  /// The first row; for statements that return exactly one.
  /// - Throws: `decoding` when there is none.
  public func one() throws(PostgreSQLError) -> Row {
    guard let result, result.rowCount > 0 else { throw PostgreSQLError(.decoding, "the statement returned no row") }
    return Row(result, 0)
  }
}
