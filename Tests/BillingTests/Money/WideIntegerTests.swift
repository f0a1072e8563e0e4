import TestBasics
import Testing

@testable import Billing

@Suite("Wide integers")
struct WideIntegerTests {
  private func numbers(seed: UInt64, count: Int) -> [(Int128, Int128, UInt128)] {
    var random = SeededGenerator(seed: seed)
    func number() -> UInt128 {
      UInt128.random(in: 0...UInt128.max >> Int.random(in: 0..<128, using: &random), using: &random)
    }
    return (0..<count).map { _ in (Int128(bitPattern: number()), Int128(bitPattern: number()), number()) }
  }

  @Test("quotient times divisor plus remainder is the product, whatever the widths and signs")
  func division() {
    for (left, right, divisor) in numbers(seed: 21, count: 20_000) {
      let product = left.magnitude.multipliedFullWidth(by: right.magnitude)
      let wide = WideInteger(left, times: right)
      guard let (quotient, remainder) = wide.magnitudeDivided(by: divisor) else {
        #expect(product.high >= divisor)
        continue
      }
      #expect(remainder < divisor)
      let back = quotient.multipliedFullWidth(by: divisor)
      let (low, carry) = back.low.addingReportingOverflow(remainder)
      #expect(low == product.low)
      #expect(back.high + (carry ? 1 : 0) == product.high)
    }
  }

  @Test("sums of products follow the distributive law, and what is added can be taken away")
  func sums() throws {
    for (left, right, other) in numbers(seed: 22, count: 20_000) {
      let half = left / 2
      let parts = WideInteger(half, times: right).adding(WideInteger(left - half, times: right))
      #expect(parts == WideInteger(left, times: right))
      let added = WideInteger(Int128(other >> 1), times: right)
      let negated = WideInteger(-Int128(other >> 1), times: right)
      let wide = WideInteger(left, times: right)
      #expect(wide.adding(added)?.adding(negated) == wide)
      #expect(added.adding(negated) == .zero)
    }
  }

  @Test("a sum is refused exactly when it needs more than 256 bits")
  func limits() throws {
    let least = WideInteger(.min, times: .max)
    let twice = try #require(least.adding(least))
    // -2^255 + 2^128, to which no more than -2^128 can be added.
    let room = WideInteger(.min, times: 2)
    let edge = try #require(twice.adding(room))
    #expect(edge.adding(WideInteger(-1, times: 1)) == nil)
    #expect(edge.adding(WideInteger(1, times: 1))?.adding(WideInteger(-1, times: 1)) == edge)
    let most = try #require(WideInteger(.min, times: .min).adding(WideInteger(.max, times: .max)))
    #expect(most.adding(WideInteger(.min, times: .min)) == nil)
    #expect(most.adding(edge) != nil)
  }

  @Test(
    "a quotient is rounded half away from zero",
    arguments: [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (5, 3, 2), (-5, 3, -2), (1, 3, 0), (0, 7, 0)])
  func rounding(number: Int, divisor: Int, expected: Int) {
    #expect(WideInteger(Int128(number), times: 1).dividedRounding(by: UInt128(divisor)) == Int128(expected))
  }

  @Test("a negative number whose lower half is empty has its magnitude")
  func emptyLowerHalf() {
    let number = WideInteger(.min, times: 2)
    #expect(number.dividedRounding(by: 4) == -(Int128(1) << 126))
    #expect(number.magnitudeDivided(by: UInt128(1) << 100)?.quotient == UInt128(1) << 28)
  }

  @Test("a division by 0 and a quotient too wide are told, not trapped")
  func impossible() {
    #expect(WideInteger(1, times: 1).magnitudeDivided(by: 0) == nil)
    #expect(WideInteger(0, times: 1).dividedRounding(by: 0) == nil)
    #expect(WideInteger(.max, times: .max).magnitudeDivided(by: 1) == nil)
    #expect(WideInteger(.max, times: 1).dividedRounding(by: 1) == .max)
    #expect(WideInteger(.max, times: 3).dividedRounding(by: 2) == nil)
    #expect(WideInteger(.min, times: .max).dividedRounding(by: UInt128(Int128.max)) == nil)
  }
}
