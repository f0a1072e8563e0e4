import CCrypto

/// HMAC-SHA-256 (RFC 2104) under one key, keyed once and reused: hundreds of thousands of short messages a second.
///
/// It belongs to one thread. The key is kept by the cryptographic library only, and is wiped when this goes.
public final class HMACSHA256 {
  public static let byteCount = 32

  private let context: OpaquePointer
  /// A finished context must be begun anew, which keeps the key.
  private var isFinished = false

  /// - Throws: also for an empty key, which authenticates nothing.
  public init(key: [UInt8]) throws(CryptoError) {
    guard !key.isEmpty else { throw CryptoError(operation: "HMAC with an empty key", code: 0) }
    guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { throw OpenSSL.lastError("fetching HMAC") }
    defer { EVP_MAC_free(algorithm) }
    guard let context = EVP_MAC_CTX_new(algorithm) else { throw OpenSSL.lastError("making an HMAC context") }
    self.context = context
    try OpenSSL.check(ccrypto_hmac_sha256_key(context, key, key.count), "keying HMAC-SHA-256")
  }

  deinit { EVP_MAC_CTX_free(context) }

  /// Adds a part of the message. Parts follow one another without a separator: who needs one, adds it.
  public func update(_ part: Span<UInt8>) throws(CryptoError) {
    if isFinished {
      try OpenSSL.check(EVP_MAC_init(context, nil, 0, nil), "beginning HMAC-SHA-256")
      isFinished = false
    }
    let result = part.withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) }
    guard result == 1 else {
      isFinished = true
      throw OpenSSL.lastError("HMAC-SHA-256")
    }
  }

  /// The 32 bytes that authenticate the parts since the last call; the next `update` begins another message.
  public func finish() throws(CryptoError) -> [UInt8] {
    // Without a part, a finished context must still be begun.
    if isFinished { try update(Span()) }
    isFinished = true
    var code = [UInt8](repeating: 0, count: Self.byteCount)
    var written = 0
    let result = code.withUnsafeMutableBufferPointer { EVP_MAC_final(context, $0.baseAddress, &written, $0.count) }
    guard result == 1, written == Self.byteCount else { throw OpenSSL.lastError("HMAC-SHA-256") }
    return code
  }

  /// The 32 bytes that authenticate one message.
  public func authenticate(_ message: Span<UInt8>) throws(CryptoError) -> [UInt8] {
    try update(message)
    return try finish()
  }

  /// The 32 bytes that authenticate one message.
  public func authenticate(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try authenticate(message.span) }
}
