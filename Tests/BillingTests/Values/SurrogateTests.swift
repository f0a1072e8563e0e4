import Billing
import TestBasics
import Testing

@Suite("Surrogates and the ids made of them")
struct SurrogateTests {
  @Test("a surrogate is written as a random UUID, and two are never the same")
  func form() throws {
    var generator = SeededGenerator(seed: 1)
    var seen: Set<String> = []
    for _ in 0..<1_000 {
      let text = Surrogate.random(using: &generator).description
      #expect(text.count == 36 && text.utf8.allSatisfy { $0 == 0x2D || "0123456789abcdef".utf8.contains($0) })
      let characters = Array(text)
      #expect(characters[14] == "4" && "89ab".contains(characters[19]))
      seen.insert(text)
    }
    #expect(seen.count == 1_000)
    let fixed = Surrogate(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    #expect(fixed.description == "01234567-89ab-cdef-fedc-ba9876543210")
  }

  @Test("the first record has the plain id, those after it a number; all of them are reserved")
  func ids() throws {
    let surrogate = Surrogate(high: 0, low: 1)
    let start = try #require(CivilDate("2025-02-01"))
    let stem = "00000000-0000-0000-0000-000000000001"
    let made: [UsageID] = [
      .order(surrogate, record: 1), .order(surrogate, record: 2),
      .activation(surrogate, periodStart: start, record: 1), .activation(surrogate, periodStart: start, record: 12),
    ]
    #expect(
      made.map(\.text) == [
        "order:\(stem)", "order:\(stem):2", "activation:\(stem):2025-02-01", "activation:\(stem):2025-02-01:12",
      ])
    #expect(made.allSatisfy { $0.isReserved && UsageID($0.voiding.text) != nil })
  }
}
