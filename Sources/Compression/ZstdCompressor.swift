internal import CZstd

/// Makes one zstd frame (RFC 8878) with a checksum of its content, piece by piece, in bounded memory. It belongs to one
/// thread. The same pieces come to the same bytes.
public final class ZstdCompressor {
  private let context: OpaquePointer
  private var output: [UInt8]

  /// - Parameter level: 1 (fast) to 19 (small).
  public init(level: Int32 = 3) throws(ZstdError) {
    guard let context = ZSTD_createCCtx() else { throw ZstdError(description: "no memory for zstd") }
    self.context = context
    output = [UInt8](repeating: 0, count: ZSTD_CStreamOutSize())
    _ = try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level))
    _ = try ZstdError.check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1))
  }

  deinit { ZSTD_freeCCtx(context) }

  /// Adds a piece of the content.
  ///
  /// - Returns: what has become ready of the frame; often nothing.
  public func compress(_ piece: Span<UInt8>) throws(ZstdError) -> [UInt8] { try run(piece, ZSTD_e_continue) }

  /// Ends the frame: nothing may be added after it.
  ///
  /// - Returns: the rest of the frame.
  public func finish() throws(ZstdError) -> [UInt8] { try run(Span(), ZSTD_e_end) }

  private func run(_ piece: Span<UInt8>, _ directive: ZSTD_EndDirective) throws(ZstdError) -> [UInt8] {
    var ready: [UInt8] = []
    var consumed = 0
    while true {
      var written = 0
      let left = piece.withUnsafeBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
          var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: consumed)
          var sink = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          let left = ZSTD_compressStream2(context, &sink, &input, directive)
          (consumed, written) = (input.pos, sink.pos)
          return left
        }
      }
      ready += output[..<written]
      let isDone = try ZstdError.check(left) == 0
      if directive == ZSTD_e_end ? isDone : consumed == piece.count { return ready }
    }
  }
}
