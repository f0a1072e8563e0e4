/// A signed 256-bit integer: what products of 128-bit integers, and their sums, need on the way to an amount.
struct WideInteger: Hashable, Sendable {
  private let high: Int128
  private let low: UInt128

  static let zero = WideInteger(high: 0, low: 0)

  private init(high: Int128, low: UInt128) {
    self.high = high
    self.low = low
  }

  /// A product of two 128-bit integers always fits.
  init(_ left: Int128, times right: Int128) { (high, low) = left.multipliedFullWidth(by: right) }

  /// `nil` when the sum needs more than 256 bits.
  func adding(_ other: WideInteger) -> WideInteger? {
    let (low, carries) = low.addingReportingOverflow(other.low)
    let (sum, overflows) = high.addingReportingOverflow(other.high)
    let (withCarry, carryOverflows) = sum.addingReportingOverflow(carries ? 1 : 0)
    // A carry can bring a sum back that was one below the least number: then both steps overflow, and it fits.
    guard overflows == carryOverflows else { return nil }
    return WideInteger(high: withCarry, low: low)
  }

  /// The magnitude divided, with the remainder; `nil` when the quotient does not fit 128 bits or the divisor is 0: the
  /// machine's division would trap there.
  func magnitudeDivided(by divisor: UInt128) -> (quotient: UInt128, remainder: UInt128)? {
    let magnitude = magnitude
    guard magnitude.high < divisor else { return nil }
    guard magnitude.high > 0 else { return magnitude.low.quotientAndRemainder(dividingBy: divisor) }
    return divisor.dividingFullWidth(magnitude)
  }

  /// The quotient, rounded half away from zero; `nil` when it does not fit 128 bits or the divisor is 0.
  func dividedRounding(by divisor: UInt128) -> Int128? {
    guard let (quotient, remainder) = magnitudeDivided(by: divisor) else { return nil }
    let (rounded, overflows) = quotient.addingReportingOverflow(remainder >= divisor - remainder ? 1 : 0)
    guard !overflows, let magnitude = Int128(exactly: rounded) else { return nil }
    return high < 0 ? -magnitude : magnitude
  }

  private var magnitude: (high: UInt128, low: UInt128) {
    guard high < 0 else { return (UInt128(bitPattern: high), low) }
    return (~UInt128(bitPattern: high) &+ (low == 0 ? 1 : 0), ~low &+ 1)
  }
}
