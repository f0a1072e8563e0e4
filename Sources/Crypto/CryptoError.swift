/// The cryptographic library refused a call: it is missing an algorithm, memory or a source of randomness. Nothing that a
/// peer sends causes it.
public struct CryptoError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done.
  public let operation: String
  /// OpenSSL's number for the reason, 0 when it gave none.
  public let code: UInt

  public var description: String { "\(operation) failed (OpenSSL error \(code))" }
}
