internal import CPostgreSQL

/// Owns one PGresult.
final class ResultStorage {
  private let handle: OpaquePointer
  let rowCount: Int
  let columnCount: Int

  init(_ handle: OpaquePointer) {
    self.handle = handle
    rowCount = Int(PQntuples(handle))
    columnCount = Int(PQnfields(handle))
  }

  deinit { PQclear(handle) }

  var status: ExecStatusType { PQresultStatus(handle) }
  /// Whether a COPY that was begun is in binary format.
  var isBinaryCopy: Bool { PQbinaryTuples(handle) == 1 }
  /// `COMMIT`, `INSERT 0 5` and the like.
  var commandTag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }
  /// 0 for statements that affect no rows.
  var affectedRows: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

  func error(_ connection: OpaquePointer) -> PostgreSQLError { PostgreSQLError(result: handle, connection: connection) }

  func columnName(_ column: Int) -> String { PQfname(handle, Int32(column)).map { String(cString: $0) } ?? "" }

  func type(of column: Int) -> PostgreSQLType { PostgreSQLType(rawValue: PQftype(handle, Int32(column))) }

  func isText(_ column: Int) -> Bool { PQfformat(handle, Int32(column)) == 0 }

  /// Nil for a null. Valid as long as this object.
  func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer? {
    let (row, column) = (Int32(row), Int32(column))
    guard PQgetisnull(handle, row, column) == 0, let value = PQgetvalue(handle, row, column) else { return nil }
    return UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(handle, row, column)))
  }
}
