import CCrypto

/// Turns OpenSSL's return codes into errors.
enum OpenSSL {
  static func check(_ result: Int32, _ operation: String) throws(CryptoError) {
    guard result == 1 else { throw lastError(operation) }
  }

  /// The newest reason of this thread's queue, which is emptied so that it cannot be blamed for a later call.
  static func lastError(_ operation: String) -> CryptoError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    return CryptoError(operation: operation, code: UInt(code))
  }
}
