internal import CPostgreSQL

/// Where a session stands between BEGIN and COMMIT.
public enum TransactionStatus: Sendable {
  case idle
  case inTransaction
  /// A statement failed: only rolling back, wholly or to a savepoint, is accepted.
  case failed
  /// There is no usable connection.
  case unknown
}

public enum IsolationLevel: String, Sendable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}

extension Connection {
  public var transactionStatus: TransactionStatus {
    switch handle.map({ PQtransactionStatus($0) }) {
    case PQTRANS_IDLE: .idle
    case PQTRANS_INTRANS: .inTransaction
    case PQTRANS_INERROR: .failed
    default: .unknown
    }
  }

  /// - Throws: `misuse` when a transaction is open already (the server would only warn), and as `query`.
  public func begin(isolation: IsolationLevel = .readCommitted, readOnly: Bool = false) throws(PostgreSQLError) {
    guard transactionStatus == .idle || !isOpen else {
      throw PostgreSQLError(.misuse, "a transaction is open already")
    }
    try execute("BEGIN ISOLATION LEVEL \(isolation.rawValue)\(readOnly ? " READ ONLY" : "")")
  }

  /// - Throws: `transactionAborted` when the server rolled back instead, `server` when it refused (nothing is stored in
  ///   either case), `commitOutcomeUnknown` when the connection was lost or silent between sending and the answer,
  ///   `misuse` when there is no transaction (the server would only warn).
  public func commit() throws(PostgreSQLError) {
    guard isOpen else { throw .closed() }
    guard transactionStatus != .idle else { throw PostgreSQLError(.misuse, "there is no transaction to commit") }
    let result: ResultStorage?
    do throws(PostgreSQLError) {
      result = try simple("COMMIT")
    } catch {
      let isUnknown = error.isConnectionLost || error.sqlState == "40003"
      throw isUnknown ? error.with(kind: .commitOutcomeUnknown) : error
    }
    guard result?.commandTag == "COMMIT" else {
      throw PostgreSQLError(.transactionAborted, "the transaction had failed before and was rolled back by COMMIT")
    }
  }

  /// For tests of crashes: sends COMMIT and cuts the connection before the answer can be read. The server usually commits.
  /// - Throws: always; `commitOutcomeUnknown` unless there was no connection.
  public func commitCuttingConnection() throws(PostgreSQLError) {
    let handle = try openHandle()
    do throws(PostgreSQLError) {
      try send("COMMIT", handle, until: Deadline(after: queryTimeout))
    } catch {
      throw error.with(kind: .commitOutcomeUnknown)
    }
    // Closing both ways at once could let a reset overtake the COMMIT.
    shutdownHandle.stopSending()
    close()
    throw PostgreSQLError(.commitOutcomeUnknown, "the connection was cut inside COMMIT on purpose")
  }

  /// - Throws: as `query`.
  public func rollback() throws(PostgreSQLError) { try execute("ROLLBACK") }

  /// - Throws: as `query`.
  public func savepoint(_ name: Identifier) throws(PostgreSQLError) { try execute("SAVEPOINT \(name.quoted)") }

  /// Undoes everything since the savepoint, which stays and can be used again. Also ends the failed state.
  /// - Throws: as `query`.
  public func rollback(to name: Identifier) throws(PostgreSQLError) {
    try execute("ROLLBACK TO SAVEPOINT \(name.quoted)")
  }

  /// Forgets the savepoint and keeps what was done since.
  /// - Throws: as `query`.
  public func release(_ name: Identifier) throws(PostgreSQLError) { try execute("RELEASE SAVEPOINT \(name.quoted)") }

  /// Begins, runs `body`, and commits; rolls back if `body` throws.
  ///
  /// - Parameter failpoint: called at each step, to inject faults in tests; it may also end the process.
  /// - Throws: which step failed, and for a failed body how rolling back went.
  public func withTransaction<Result, Failure: Error>(
    isolation: IsolationLevel = .readCommitted,
    readOnly: Bool = false,
    failpoint: (TransactionPoint) -> TransactionFault = { _ in .none },
    _ body: (Connection) throws(Failure) -> Result
  ) throws(TransactionError<Failure>) -> Result {
    do throws(PostgreSQLError) {
      try begin(isolation: isolation, readOnly: readOnly)
    } catch {
      throw .beginFailed(error)
    }
    if failpoint(.afterBegin) == .cutConnection { shutdownHandle.shutdownSocket() }
    let result: Result
    do throws(Failure) {
      result = try body(self)
    } catch {
      throw .bodyFailed(error, rollback: rollbackFailure())
    }
    do throws(PostgreSQLError) {
      switch failpoint(.beforeCommit) {
      case .none: try commit()
      case .cutConnection: try commitCuttingConnection()
      }
    } catch {
      if error.kind == .commitOutcomeUnknown { throw .commitOutcomeUnknown(error) }
      throw .commitFailed(error, rollback: transactionStatus == .idle ? nil : rollbackFailure())
    }
    if failpoint(.afterCommit) == .cutConnection { shutdownHandle.shutdownSocket() }
    return result
  }

  /// Nil when the transaction is undone, also where the connection is gone already, since the server then undoes it. A
  /// connection that cannot roll back must not be used on: it is closed.
  private func rollbackFailure() -> PostgreSQLError? {
    guard isOpen else { return nil }
    do throws(PostgreSQLError) {
      try rollback()
      return nil
    } catch {
      abandon()
      return error
    }
  }
}
