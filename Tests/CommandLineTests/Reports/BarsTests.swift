import Billing
import Testing

@testable import usage_billing

@Suite("Bars")
struct BarsTests {
  private func bars(_ amounts: (Int128, String)...) throws -> [String] {
    Bars(try amounts.map { Amount(minorUnits: $0, currency: try #require(Currency($1))) }).texts
  }

  @Test("the longest fills the width, what is not 0 has a character, 0 has none")
  func lengths() throws {
    let texts = try bars((4000, "usd"), (2000, "usd"), (1, "usd"), (0, "usd"), (-2000, "usd"))
    #expect(texts.map(\.count) == [Bars.width, Bars.width / 2, 1, 0, Bars.width / 2])
    #expect(texts.last == String(repeating: "-", count: Bars.width / 2))
    #expect(try bars((0, "usd"), (0, "usd")) == ["", ""])
  }

  @Test("each currency has a scale of its own")
  func currencies() throws {
    #expect(try bars((1, "usd"), (1_000_000, "jpy"), (500_000, "jpy")).map(\.count) == [40, 40, 20])
  }

  @Test("no amount is too great to be drawn")
  func greatest() throws {
    #expect(try bars((.max, "usd"), (.min, "usd"), (.max / 2, "usd")).map(\.count) == [39, 40, 19])
  }
}
