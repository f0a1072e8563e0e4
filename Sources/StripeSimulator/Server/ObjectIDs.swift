/// Makes ids: a prefix and letters and digits, never the same twice, and the same ones in each run from the start.
struct ObjectIDs: Sendable {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private var random: SeededRandom
  private var count: UInt64 = 0

  init(seed: UInt64 = 1) { random = SeededRandom(seed: seed) }

  /// - Parameter length: of what follows the prefix; at least 12.
  mutating func next(_ prefix: String, _ length: Int = 24) -> String {
    count += 1
    var bytes = Array(prefix.utf8)
    for _ in 0..<max(length - 6, 1) { bytes.append(Self.alphabet[Int(random.next() % 62)]) }
    // The number itself, so that ids differ for certain.
    var number = count
    for _ in 0..<6 {
      bytes.append(Self.alphabet[Int(number % 62)])
      number /= 62
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
