internal import CPostgreSQL

/// COPY of more than fits into memory, in whichever format the statement names. `queryTimeout` is for each piece.
extension Connection {
  /// Reads rows: `copyOut("COPY t (a, b) TO STDOUT") { … }`.
  ///
  /// - Parameter take: given one row after the other, as the format has it.
  /// - Returns: the number of rows.
  @discardableResult
  public func copyOut<Peer: Error>(
    _ statement: String, _ take: (Span<UInt8>) throws(Peer) -> Void
  ) throws(CopyError<Peer>) -> Int {
    do throws(PostgreSQLError) {
      try begin(.toClient, statement)
    } catch {
      throw .database(error)
    }
    while true {
      let row: CopiedRow?
      do throws(PostgreSQLError) { row = try nextCopiedRow() } catch { throw .database(error) }
      guard let row else { break }
      do throws(Peer) {
        try row.withBytes(take)
      } catch {
        giveUpCopyOut()
        throw .peer(error)
      }
    }
    do throws(PostgreSQLError) {
      return try collect(try openHandle(), until: Deadline(after: queryTimeout))?.affectedRows ?? 0
    } catch {
      throw .database(error)
    }
  }

  /// Sends rows: `copyIn("COPY t (a, b) FROM STDIN") { … }`. All rows or none.
  ///
  /// - Parameter next: gives one piece after the other, nil at the end; where pieces end does not matter.
  /// - Returns: the number of rows.
  @discardableResult
  public func copyIn<Peer: Error>(
    _ statement: String, next: () throws(Peer) -> [UInt8]?
  ) throws(CopyError<Peer>) -> Int {
    do throws(PostgreSQLError) {
      try begin(.fromClient, statement)
    } catch {
      throw .database(error)
    }
    while true {
      let piece: [UInt8]?
      do throws(Peer) {
        piece = try next()
      } catch {
        giveUpCopyIn()
        throw .peer(error)
      }
      do throws(PostgreSQLError) {
        guard let piece else { return try finishCopyIn() }
        let handle = try openHandle()
        let deadline = Deadline(after: queryTimeout)
        try piece.span.withUnsafeBytes { bytes throws(PostgreSQLError) in try put(bytes, handle, until: deadline) }
      } catch {
        throw .database(error)
      }
    }
  }

  private func finishCopyIn() throws(PostgreSQLError) -> Int {
    let handle = try openHandle()
    let deadline = Deadline(after: queryTimeout)
    try endCopy(handle, refusing: nil, until: deadline)
    return try collect(handle, until: deadline)?.affectedRows ?? 0
  }

  private func begin(_ direction: CopyDirection, _ statement: String) throws(PostgreSQLError) {
    try startCopy(direction, statement, try openHandle(), until: Deadline(after: queryTimeout))
  }

  /// - Returns: nil when there are no more; what came of the statement is to be collected then.
  private func nextCopiedRow() throws(PostgreSQLError) -> CopiedRow? {
    let handle = try openHandle()
    let deadline = Deadline(after: queryTimeout)
    while true {
      var memory: UnsafeMutablePointer<CChar>?
      let length = PQgetCopyData(handle, &memory, 1)
      if length > 0, let memory { return CopiedRow(memory, count: Int(length)) }
      guard length == 0 else { return nil }
      try awaitInput(handle, until: deadline)
    }
  }

  /// Asks the server to stop and passes over what is on its way. Where that does not work out, the connection is closed.
  private func giveUpCopyOut() {
    cancelHandle.cancel(waitingAtMost: .seconds(1))
    do throws(PostgreSQLError) {
      while try nextCopiedRow() != nil {}
      _ = try collect(try openHandle(), until: Deadline(after: queryTimeout))
    } catch  where error.kind == .server {
      // The server's answer to the request.
    } catch {
      abandon()
    }
  }

  private func giveUpCopyIn() {
    do throws(PostgreSQLError) {
      let handle = try openHandle()
      let deadline = Deadline(after: queryTimeout)
      try endCopy(handle, refusing: "given up", until: deadline)
      _ = try collect(handle, until: deadline)
    } catch  where error.kind == .server {
      // The server's answer to the refusal.
    } catch {
      abandon()
    }
  }
}

/// Memory of libpq's with a row in it.
private struct CopiedRow: ~Copyable {
  private let memory: UnsafeMutablePointer<CChar>
  private let count: Int

  init(_ memory: UnsafeMutablePointer<CChar>, count: Int) {
    self.memory = memory
    self.count = count
  }

  deinit { PQfreemem(memory) }

  borrowing func withBytes<Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Void) throws(Failure) {
    let bytes = UnsafeRawBufferPointer(start: memory, count: count)
    try body(Span(_unsafeBytes: bytes))
  }
}
