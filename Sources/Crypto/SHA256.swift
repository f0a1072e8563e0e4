import CCrypto

/// SHA-256 (FIPS 180-4) of one piece of data.
public enum SHA256 {
  public static let byteCount = 32

  /// 32 bytes.
  public static func hash(_ data: Span<UInt8>) throws(CryptoError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: byteCount)
    let result = digest.withUnsafeMutableBufferPointer { digest in
      data.withUnsafeBufferPointer { data in
        EVP_Digest(data.baseAddress, data.count, digest.baseAddress, nil, EVP_sha256(), nil)
      }
    }
    try OpenSSL.check(result, "SHA-256")
    return digest
  }

  /// 32 bytes.
  public static func hash(_ data: [UInt8]) throws(CryptoError) -> [UInt8] { try hash(data.span) }
}
