import Crypto
import Testing

@Suite("SHA-256 of pieces")
struct RunningSHA256Tests {
  @Test("pieces come to what the whole comes to, again and again")
  func pieces() throws {
    let running = try RunningSHA256()
    let data = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
    for size in [1, 63, 64, 4096, 10_000] {
      for start in stride(from: 0, to: data.count, by: size) {
        try running.update(Array(data[start..<min(start + size, data.count)]).span)
      }
      #expect(try running.finish() == SHA256.hash(data))
    }
    #expect(try running.finish() == SHA256.hash([UInt8]()))
  }
}
