import CCrypto

/// SHA-256 (FIPS 180-4) of data that comes in pieces. It belongs to one thread.
public final class RunningSHA256 {
  private let context: OpaquePointer

  public init() throws(CryptoError) {
    guard let context = EVP_MD_CTX_new() else { throw OpenSSL.lastError("making a SHA-256 context") }
    self.context = context
    try OpenSSL.check(EVP_DigestInit_ex(context, EVP_sha256(), nil), "beginning SHA-256")
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds the next piece.
  public func update(_ piece: Span<UInt8>) throws(CryptoError) {
    let result = piece.withUnsafeBufferPointer { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    try OpenSSL.check(result, "SHA-256")
  }

  /// 32 bytes, of all pieces since the last call; the next `update` begins anew.
  public func finish() throws(CryptoError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
    try OpenSSL.check(EVP_DigestFinal_ex(context, &digest, nil), "SHA-256")
    try OpenSSL.check(EVP_DigestInit_ex(context, EVP_sha256(), nil), "beginning SHA-256")
    return digest
  }
}
