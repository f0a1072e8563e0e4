internal import CPostgreSQL

extension Connection {
  /// Sends rows: `copyIn("COPY t (a, b) FROM STDIN (FORMAT binary)", buffer)`. Nothing is sent for an empty buffer.
  ///
  /// All rows or none: after an error the connection is in step again, and a transaction around it has to go back to a
  /// savepoint. The buffer is left as it is.
  /// - Returns: the number of rows.
  /// - Throws: `server` (a violated key, a row that does not fit), `misuse` when the statement is not a binary COPY FROM
  ///   STDIN, and as `query`.
  @discardableResult
  public func copyIn(_ statement: String, _ buffer: borrowing CopyBuffer) throws(PostgreSQLError) -> Int {
    let handle = try openHandle()
    if buffer.isEmpty { return 0 }
    let deadline = Deadline(after: queryTimeout)
    let start = try startCopy(.fromClient, statement, handle, until: deadline)
    guard start.isBinaryCopy else {
      try endCopy(handle, refusing: "rows in binary format only", until: deadline)
      do throws(PostgreSQLError) {
        _ = try collect(handle, until: deadline)
      } catch  where error.kind == .server {
        // The server's answer to the refusal above.
      }
      throw PostgreSQLError(.misuse, "COPY has to say (FORMAT binary)")
    }
    try buffer.withBytes { bytes throws(PostgreSQLError) in try put(bytes, handle, until: deadline) }
    // The end of the file: a row with -1 fields.
    try withUnsafeBytes(of: Int16(-1)) { bytes throws(PostgreSQLError) in try put(bytes, handle, until: deadline) }
    try endCopy(handle, refusing: nil, until: deadline)
    return try collect(handle, until: deadline)?.affectedRows ?? 0
  }

  /// In pieces, each sent before the next, because in non-blocking mode libpq would copy everything into its own buffer.
  func put(
    _ bytes: UnsafeRawBufferPointer, _ handle: OpaquePointer, until deadline: Deadline
  ) throws(PostgreSQLError) {
    let piece = 128 * 1024
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
    for offset in stride(from: 0, to: bytes.count, by: piece) {
      let length = Int32(min(piece, bytes.count - offset))
      var status = PQputCopyData(handle, base + offset, length)
      while status == 0 {
        try flush(handle, until: deadline)
        status = PQputCopyData(handle, base + offset, length)
      }
      guard status == 1 else { throw lost(handle) }
      try flush(handle, until: deadline)
    }
  }

  func endCopy(
    _ handle: OpaquePointer, refusing reason: String?, until deadline: Deadline
  ) throws(PostgreSQLError) {
    var status = PQputCopyEnd(handle, reason)
    while status == 0 {
      try flush(handle, until: deadline)
      status = PQputCopyEnd(handle, reason)
    }
    guard status == 1 else { throw lost(handle) }
    try flush(handle, until: deadline)
  }
}
