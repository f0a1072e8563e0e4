import Testing

@testable import PostgreSQL

@Suite("Numeric")
struct NumericTests {
  @Test(
    "a decimal text is read and written exactly",
    arguments: [
      "0", "1", "-1", "0.5", "-0.000000001", "1.50", "12345.6789", "10000", "0.0001", "0.00010",
      "170141183460469231731687303715884105727", "-170141183460469231731687303715884105728",
    ])
  func text(_ text: String) throws { #expect(try #require(Numeric(text)).description == text) }

  @Test(
    "what is no plain decimal is not read",
    arguments: ["", "-", ".", "1.2.3", "1e3", "NaN", "Infinity", "+1", " 1", "170141183460469231731687303715884105728"])
  func noText(_ text: String) { #expect(Numeric(text) == nil) }

  @Test("numbers are equal and hash alike whatever their scale")
  func equality() {
    let (one, other) = (Numeric(unscaled: 150, scale: 2), Numeric(unscaled: 15, scale: 1))
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(Numeric(unscaled: 0, scale: 9) == Numeric(unscaled: 0))
    #expect(one != Numeric(unscaled: 15, scale: 2))
  }

  @Test("every scale and magnitude survives the binary form")
  func binary() throws {
    var buffer = BinaryBuffer()
    var magnitude: Int128 = 1
    for _ in 0..<38 {
      for scale in [0, 1, 2, 3, 4, 5, 8, 9, 24, 37, 255] {
        for unscaled in [magnitude, -magnitude, magnitude - 1, magnitude + 7, Int128.max, Int128.min] {
          let value = Numeric(unscaled: unscaled, scale: scale)
          buffer.truncate(to: 0)
          value.write(into: &buffer)
          let bytes = UnsafeRawBufferPointer(start: buffer.base, count: buffer.count)
          let back = try Numeric(binary: bytes)
          #expect(back.unscaled == unscaled && back.scale == scale)
        }
      }
      magnitude *= 10
    }
  }

  @Test("malformed binary forms are refused")
  func malformed() {
    let forms: [[UInt8]] = [
      [], [0, 1], [0, 1, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF],
      [0, 1, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], [0, 0, 0, 0, 0xC0, 0, 0, 0], [0, 1, 0x7F, 0xFF, 0, 0, 0, 0, 0, 1],
      [0, 1, 0x80, 0, 0, 0, 0x3F, 0xFF, 0, 1], [0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
    ]
    for form in forms {
      #expect(throws: Numeric.DecodeFailure.self) { try form.withUnsafeBytes { try Numeric(binary: $0) } }
    }
  }
}
