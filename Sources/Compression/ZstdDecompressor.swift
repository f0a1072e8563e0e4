internal import CZstd

/// Reads one zstd frame, piece by piece, in bounded memory however much it expands. It belongs to one thread.
///
///     reader.feed(bytes)
///     while let piece = try reader.next() { … }
public final class ZstdDecompressor {
  private let context: OpaquePointer
  private var input: [UInt8] = []
  private var consumed = 0
  private var output: [UInt8]
  /// Whether zstd may hold back output for which the last piece had no room.
  private var mayHaveMore = false
  /// Whether the frame is complete, and its checksum was right.
  public private(set) var isComplete = false

  public init() throws(ZstdError) {
    guard let context = ZSTD_createDCtx() else { throw ZstdError(description: "no memory for zstd") }
    self.context = context
    output = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Gives it the next bytes of the frame. Only when `next` has returned nil.
  public func feed(_ bytes: [UInt8]) {
    input = bytes
    consumed = 0
  }

  /// The next piece of the content, of at most some 100 KiB; nil when more of the frame is needed, or it is complete.
  ///
  /// - Throws: when the bytes are no zstd frame, or damaged, and when any follow the frame.
  public func next() throws(ZstdError) -> [UInt8]? {
    while consumed < input.count || mayHaveMore {
      guard !isComplete else { throw ZstdError(description: "bytes follow the end") }
      var written = 0
      let left = input.withUnsafeBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
          var bytes = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: consumed)
          var sink = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
          let left = ZSTD_decompressStream(context, &sink, &bytes)
          (consumed, written) = (bytes.pos, sink.pos)
          return left
        }
      }
      isComplete = try ZstdError.check(left) == 0
      mayHaveMore = written == output.count && !isComplete
      if written > 0 { return Array(output[..<written]) }
    }
    return nil
  }
}
