/// The parameters of a v1 request, in order, with nested names written out: `period[start]`, `items[0][price]`.
///
/// Encoded byte for byte as the official Python client does: spaces as `+`, brackets in bodies as they are, everything
/// else than letters, digits and `_.-~` percent-encoded.
public struct StripeParameters: Hashable, Sendable {
  private(set) var pairs: [Pair] = []

  struct Pair: Hashable, Sendable {
    let name: StripeText
    let value: StripeText
  }

  public init() {}

  public var isEmpty: Bool { pairs.isEmpty }

  public mutating func add(_ name: StripeText, _ value: StripeText) { pairs.append(Pair(name: name, value: value)) }

  public mutating func add(_ name: StripeText, _ value: some Outbound) { add(name, StripeText(value)) }

  /// The first value of that name.
  public subscript(_ name: String) -> String? { pairs.first { $0.name.text == name }?.value.text }

  /// `a=1&b[c]=two+words`.
  public var body: String { encoded(withBrackets: true) }

  /// `a=1&b%5Bc%5D=two+words`.
  public var query: String { encoded(withBrackets: false) }

  private func encoded(withBrackets: Bool) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(256)
    for (index, pair) in pairs.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "&")) }
      Self.encode(pair.name.text, withBrackets, into: &bytes)
      bytes.append(UInt8(ascii: "="))
      Self.encode(pair.value.text, withBrackets, into: &bytes)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func encode(_ text: String, _ withBrackets: Bool, into bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      case UInt8(ascii: "[") where withBrackets, UInt8(ascii: "]") where withBrackets: bytes.append(byte)
      case UInt8(ascii: " "): bytes.append(UInt8(ascii: "+"))
      default: bytes += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 0x0F)]
      }
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }
}
