/// A short name for a content: FNV-1a, 64 bits, in hexadecimal. It keeps names apart that are all our own; it is no
/// protection against anybody.
struct ContentDigest: Hashable, Sendable, Outbound {
  private let value: UInt64

  init(_ text: String) {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    self.value = value
  }

  var outboundText: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
