import Testing

@testable import Billing

@Suite("Wide integers")
struct WideIntegerTests {
  @Test("quotient times divisor plus remainder is the product, whatever the widths")
  func division() {
    var random = SeededGenerator(seed: 21)
    func number() -> UInt128 {
      UInt128.random(in: 0...UInt128.max >> Int.random(in: 0..<128, using: &random), using: &random)
    }
    for _ in 0..<20_000 {
      let (left, right, divisor) = (number(), number(), number())
      let product = left.multipliedFullWidth(by: right)
      guard let (quotient, remainder) = WideInteger.divide(left, times: right, by: divisor) else {
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

  @Test("a division by 0 and a quotient too wide are told, not trapped")
  func impossible() {
    #expect(WideInteger.divide(1, times: 1, by: 0)?.quotient == nil)
    #expect(WideInteger.divide(.max, times: .max, by: 1)?.quotient == nil)
    #expect(WideInteger.divide(.max, times: .max, by: .max)?.quotient == .max)
  }
}
