import Billing
import Testing

@Suite("DecimalText and Quantity")
struct DecimalTextTests {
  private func parse(_ text: String) -> Result<Quantity, DecimalText.Problem> {
    let bytes = Array(text.utf8)
    do throws(DecimalText.Problem) {
      return .success(try Quantity.parse(bytes.span))
    } catch {
      return .failure(error)
    }
  }

  @Test(
    "a message's quantity is read exactly",
    arguments: [
      ("0", 0), ("-0", 0), ("-0.000", 0), ("0e5", 0), ("0e999999999999", 0), ("0.0e-99999999", 0), ("1", 1_000_000_000),
      ("1e2", 100_000_000_000), ("1E+2", 100_000_000_000), ("1.50", 1_500_000_000), ("100e-2", 1_000_000_000),
      ("0.1", 100_000_000), ("0.000000001", 1), ("1e-9", 1), ("10e-10", 1), ("0.0000000010", 1),
      ("0.00000000010e1", 1), ("10.05", 10_050_000_000), ("1000000", 1_000_000_000_000_000),
      ("999999999999999", 999_999_999_999_999_000_000_000),
      ("999999999999999.999999999", 999_999_999_999_999_999_999_999),
      ("9.99999999999999e14", 999_999_999_999_999_000_000_000),
      ("9007199254740993e-2", 90_071_992_547_409_930_000_000),
      ("1.00000000000000000000000000000000000000000000", 1_000_000_000),
    ] as [(String, Int128)])
  func exact(text: String, units: Int128) {
    #expect(parse(text) == .success(Quantity(units: units)))
  }

  @Test("digits that an exponent takes back leave no trace")
  func longButSmall() {
    let zeros = String(repeating: "0", count: 60_000)
    #expect(parse("1\(zeros)e-60000") == .success(Quantity(1)))
    #expect(parse("0.\(zeros)1e60001") == .success(Quantity(1)))
  }

  @Test(
    "what is out of range says why",
    arguments: [
      ("-1", .negative), ("-0.000000001", .negative), ("-1e-9", .negative), ("1000000000000000", .tooLarge),
      ("1e15", .tooLarge), ("1e400", .tooLarge), ("1e99999999999999999999999", .tooLarge), ("-1e400", .tooLarge),
      ("0.0000000001", .tooManyDecimals), ("1e-10", .tooManyDecimals), ("1e-99999999999999999999", .tooManyDecimals),
      ("1.0000000001", .tooManyDecimals), ("0.1000000000000000055511151231257827", .tooManyDecimals),
      (String(repeating: "9", count: 400), .tooLarge), ("0." + String(repeating: "9", count: 400), .tooManyDecimals),
    ] as [(String, DecimalText.Problem)])
  func refused(text: String, problem: DecimalText.Problem) {
    #expect(parse(text) == .failure(problem))
  }

  @Test(
    "what JSON does not call a number is malformed",
    arguments: [
      "", " ", "-", "+1", ".5", "1.", "1.e2", "01", "-01", "00", "1e", "1e+", "1e-", "e5", "1 ", " 1", "1,5", "1_000",
      "0x1",
      "NaN", "Infinity", "--1", "1.2.3", "1e2e3", "1e2.5", "١", "1\n", "1\0", "½",
    ])
  func malformed(text: String) {
    #expect(parse(text) == .failure(.malformed))
  }

  @Test(
    "a quantity is written as the shortest decimal and read back",
    arguments: [
      "0", "1", "-1", "1.5", "-0.000000001", "1250", "1000000", "0.1", "999999999999999.999999999",
      "12345678901234567890.5",
    ])
  func roundTrip(text: String) {
    #expect(Quantity(text)?.description == text)
  }

  @Test(
    "an amount is written with its minimum of decimals",
    arguments: [
      (0, 2, "0.00"), (5, 2, "0.05"), (-5, 2, "-0.05"), (80_000, 2, "800.00"), (12, 0, "12"), (-1234, 3, "-1.234"),
    ] as [(Int128, Int, String)])
  func format(units: Int128, scale: Int, expected: String) {
    #expect(DecimalText.format(units, scale: scale, minimumDecimals: scale) == expected)
  }

  @Test("a hundred thousand random decimals come back as they were")
  func random() {
    var state: UInt64 = 42
    for _ in 0..<100_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let units = Int128(state >> 1) * (state & 1 == 0 ? 1 : 99_991)
      let quantity = Quantity(units: units % 999_999_999_999_999_999_999_999)
      guard parse(quantity.description) == .success(quantity) else {
        Issue.record("\(quantity)")
        return
      }
    }
  }
}
