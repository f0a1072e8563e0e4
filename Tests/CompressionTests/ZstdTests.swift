import Compression
import Testing

@Suite("zstd frames")
struct ZstdTests {
  private func compressed(_ pieces: [[UInt8]]) throws -> [UInt8] {
    let compressor = try ZstdCompressor()
    var frame: [UInt8] = []
    for piece in pieces { frame += try compressor.compress(piece.span) }
    return frame + (try compressor.finish())
  }

  /// Fed in portions of `size` bytes.
  private func decompressed(_ frame: [UInt8], by size: Int) throws -> (content: [UInt8], isComplete: Bool) {
    let decompressor = try ZstdDecompressor()
    var content: [UInt8] = []
    for start in stride(from: 0, to: frame.count, by: size) {
      decompressor.feed(Array(frame[start..<min(start + size, frame.count)]))
      while let piece = try decompressor.next() {
        #expect(piece.count <= 256 * 1024)
        content += piece
      }
    }
    return (content, decompressor.isComplete)
  }

  private var pieces: [[UInt8]] {
    var state: UInt64 = 1
    return [0, 1, 70_000, 3, 1_000_000].map { count in
      (0..<count).map { index in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return index.isMultiple(of: 3) ? UInt8(truncatingIfNeeded: state >> 56) : UInt8(truncatingIfNeeded: index)
      }
    }
  }

  @Test("what goes in in pieces comes out the same, however the frame is cut", arguments: [1, 1000, 1 << 20])
  func roundTrip(size: Int) throws {
    let pieces = size == 1 ? Array(pieces.prefix(3)) : pieces
    let frame = try compressed(pieces)
    let (content, isComplete) = try decompressed(frame, by: size)
    #expect(content == pieces.flatMap { $0 })
    #expect(isComplete)
    #expect(try compressed(pieces) == frame)
  }

  @Test("nothing is a frame, too, and it ends")
  func empty() throws {
    let (content, isComplete) = try decompressed(compressed([]), by: 3)
    #expect(content.isEmpty && isComplete)
  }

  @Test("much from little comes in small pieces")
  func expanding() throws {
    let frame = try compressed([[UInt8](repeating: 7, count: 30_000_000)])
    #expect(frame.count < 10_000)
    #expect(try decompressed(frame, by: frame.count).content.count == 30_000_000)
  }

  @Test("a flipped byte of the content, and bytes behind the end, are errors; a cut frame is not complete")
  func damaged() throws {
    let frame = try compressed(pieces)
    for place in [0, frame.count / 3, frame.count / 2, frame.count - 1] {
      var broken = frame
      broken[place] ^= 0x10
      #expect(throws: ZstdError.self) { _ = try decompressed(broken, by: 4096) }
    }
    #expect(throws: ZstdError.self) { _ = try decompressed(frame + [0], by: 4096) }
    #expect(throws: ZstdError.self) { _ = try decompressed(frame + frame, by: 1 << 22) }
    let (content, isComplete) = try decompressed(Array(frame.dropLast(5)), by: 4096)
    #expect(!isComplete && content.count <= pieces.joined().count)
  }
}
