/// Why rows that come or go in pieces did not all do so.
public enum CopyError<Peer: Error>: Error {
  case database(PostgreSQLError)
  /// Whoever gave or took the pieces failed; the statement was ended, and the connection is in step again if it is open.
  case peer(Peer)
}

extension CopyError: Sendable where Peer: Sendable {}
