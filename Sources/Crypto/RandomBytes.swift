import CCrypto

/// Unpredictable bytes, fit for keys and tokens.
///
/// - Throws: when the system has no randomness to give; then nothing may be made of the bytes.
public func randomBytes(_ count: Int) throws(CryptoError) -> [UInt8] {
  guard count > 0 else { return [] }
  guard let length = Int32(exactly: count) else { throw CryptoError(operation: "random bytes", code: 0) }
  var bytes = [UInt8](repeating: 0, count: count)
  let result = bytes.withUnsafeMutableBufferPointer { RAND_bytes($0.baseAddress, length) }
  try OpenSSL.check(result, "random bytes")
  return bytes
}
