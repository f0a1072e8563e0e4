import TestBasics
import Testing

@testable import Billing

@Suite("Threshold policies")
struct ThresholdPolicyTests {
  let levels = Rate.defaultLevels
  var orders: ThresholdPolicy { ThresholdPolicy(threshold: Quantity(10_000), levels: levels) }

  @Test("the 8,000th order of a threshold of 10,000 is the first to be announced")
  func firstLevel() throws {
    #expect(orders.due(total: Quantity(7_999)) == [])
    #expect(orders.due(total: try quantity("7999.999999999")) == [])
    #expect(orders.due(total: Quantity(8_000)) == [try quantity("0.8")])
  }

  @Test("a jump over several levels announces all of them, lowest first")
  func jump() { #expect(orders.due(total: Quantity(12_000)) == levels) }

  @Test("levels are announced lowest first in whichever order they are kept")
  func unsorted() {
    let policy = ThresholdPolicy(threshold: Quantity(10_000), levels: levels.reversed() + levels)
    #expect(policy.due(total: Quantity(12_000)) == levels)
  }

  @Test("what was announced is not announced again, whether the total falls or rises")
  func announced() {
    #expect(orders.due(total: Quantity(12_000), announced: [levels[0]]) == [levels[1]])
    #expect(orders.due(total: Quantity(8_500), announced: [levels[0]]) == [])
    #expect(orders.due(total: Quantity(12_000), announced: Set(levels)) == [])
  }

  @Test("nothing is due below the next due quantity, and something is at it")
  func nextDue() throws {
    #expect(orders.nextDueQuantity() == Quantity(8_000))
    #expect(orders.nextDueQuantity(announced: [levels[0]]) == Quantity(10_000))
    #expect(orders.nextDueQuantity(announced: Set(levels)) == nil)
    #expect(ThresholdPolicy(threshold: Quantity(1), levels: []).nextDueQuantity() == nil)

    var random = SeededGenerator(seed: 3)
    for _ in 0..<1_000 {
      let policy = ThresholdPolicy(
        threshold: Quantity(units: .random(in: 1...10_000_000_000_000, using: &random)),
        levels: (0..<3).map { _ in Quantity(units: .random(in: 1...2_000_000_000, using: &random)) })
      let next = try #require(policy.nextDueQuantity())
      #expect(policy.due(total: Quantity(units: next.units - 1)).isEmpty)
      #expect(!policy.due(total: next).isEmpty)
    }
  }

  @Test("a level times a threshold that is no whole unit is due at the next unit, not before")
  func fractions() throws {
    let policy = ThresholdPolicy(threshold: Quantity(units: 1), levels: [try quantity("0.8")])
    #expect(policy.nextDueQuantity() == Quantity(units: 1))
    #expect(policy.due(total: .zero) == [])
    let barely = ThresholdPolicy(threshold: Quantity(units: 1_000_000_001), levels: [Quantity(units: 1)])
    #expect(barely.nextDueQuantity() == Quantity(units: 2))
  }

  @Test("thresholds beyond what a quantity holds are never due, and do not trap")
  func extremes() {
    let policy = ThresholdPolicy(threshold: Quantity(units: .max), levels: [Quantity(1), Quantity(2)])
    #expect(policy.due(total: Quantity(units: .max)) == [Quantity(1)])
    #expect(policy.nextDueQuantity(announced: [Quantity(1)]) == nil)
    let negative = ThresholdPolicy(threshold: Quantity(-1), levels: [Quantity(-1), Quantity(units: .min), .zero])
    #expect(negative.due(total: Quantity(units: .max)) == [])
  }
}
