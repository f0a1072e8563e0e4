/// Products of 128-bit integers that need 256 bits on the way.
enum WideInteger {
  /// `left` × `right` / `divisor` with its remainder; `nil` when the quotient does not fit 128 bits or the divisor is
  /// 0: the machine's division would trap there.
  static func divide(
    _ left: UInt128, times right: UInt128, by divisor: UInt128
  ) -> (quotient: UInt128, remainder: UInt128)? {
    let product = left.multipliedFullWidth(by: right)
    guard product.high < divisor else { return nil }
    guard product.high > 0 else { return product.low.quotientAndRemainder(dividingBy: divisor) }
    return divisor.dividingFullWidth(product)
  }
}
