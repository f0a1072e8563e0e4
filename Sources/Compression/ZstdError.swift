internal import CZstd

/// zstd refused a call: bytes that are no zstd frame, or damaged ones; or there is no memory.
public struct ZstdError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// - Parameter code: what a function of zstd returned.
  /// - Throws: if it is an error.
  static func check(_ code: Int) throws(ZstdError) -> Int {
    guard ZSTD_isError(code) == 0 else { throw ZstdError(description: String(cString: ZSTD_getErrorName(code))) }
    return code
  }
}
