/// The binary form of `numeric`: count of digits, weight of the first, sign, digits after the point, then digits in base
/// 10,000 (`numeric_send` in the server's numeric.c).
extension Numeric {
  private static let negative: UInt16 = 0x4000

  /// Writes the value without its length.
  func write(into buffer: inout BinaryBuffer) {
    // At most 39 decimal digits: ten groups of four, and one more where the point cuts a group.
    withUnsafeTemporaryAllocation(of: Int16.self, capacity: 12) { groups in
      var count = 0
      var magnitude = unscaled.magnitude
      let partial = scale & 3
      if partial != 0 {
        let power: UInt128 = partial == 1 ? 10 : partial == 2 ? 100 : 1000
        if magnitude <= UInt128(UInt64.max) {
          let (quotient, remainder) = UInt64(truncatingIfNeeded: magnitude)
            .quotientAndRemainder(dividingBy: UInt64(truncatingIfNeeded: power))
          magnitude = UInt128(quotient)
          groups[0] = Int16(truncatingIfNeeded: remainder * (10_000 / UInt64(truncatingIfNeeded: power)))
        } else {
          let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: power)
          magnitude = quotient
          groups[0] = Int16(truncatingIfNeeded: remainder * (10_000 / power))
        }
        count = 1
      }
      while magnitude > UInt128(UInt64.max) {
        let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10_000)
        groups[count] = Int16(truncatingIfNeeded: remainder)
        magnitude = quotient
        count += 1
      }
      var rest = UInt64(truncatingIfNeeded: magnitude)
      while rest > 0 {
        groups[count] = Int16(truncatingIfNeeded: rest % 10_000)
        rest /= 10_000
        count += 1
      }
      while count > 0, groups[count - 1] == 0 { count -= 1 }
      var lowest = 0
      while lowest < count, groups[lowest] == 0 { lowest += 1 }

      buffer.reserve(8 + 2 * (count - lowest))
      buffer.append(Int16(truncatingIfNeeded: count - lowest))
      buffer.append(Int16(truncatingIfNeeded: count == 0 ? 0 : count - 1 - (scale + 3) / 4))
      buffer.append(Int16(bitPattern: unscaled < 0 ? Self.negative : 0))
      buffer.append(Int16(truncatingIfNeeded: scale))
      var index = count
      while index > lowest {
        index -= 1
        buffer.append(groups[index])
      }
    }
  }

  /// Why a binary numeric could not be taken.
  enum DecodeFailure: Error { case malformed, notFinite, tooLarge }

  /// Reads a value. Zeros at the end of the fraction are dropped where they alone would make it too large.
  init(binary bytes: UnsafeRawBufferPointer) throws(DecodeFailure) {
    guard bytes.count >= 8 else { throw .malformed }
    let count = Int(bytes.int16(at: 0))
    let weight = Int(bytes.int16(at: 2))
    let sign = UInt16(bitPattern: bytes.int16(at: 4))
    let displayScale = Int(bytes.int16(at: 6))
    guard sign == 0 || sign == Self.negative else { throw .notFinite }
    guard count >= 0, displayScale >= 0, bytes.count == 8 + 2 * count else { throw .malformed }

    var value: Int128 = 0
    var digitsAfterPoint = count == 0 ? 0 : (count - 1 - weight) * 4
    for index in 0..<count {
      var group = Int128(bytes.int16(at: 8 + 2 * index))
      guard group >= 0, group < 10_000 else { throw .malformed }
      var base: Int128 = 10_000
      if index == count - 1 {
        // The last group may be filled up with zeros behind the last digit shown.
        while digitsAfterPoint > displayScale, base > 1, group % 10 == 0 {
          group /= 10
          base /= 10
          digitsAfterPoint -= 1
        }
      }
      value = try Self.shifted(value, by: base, adding: sign == 0 ? group : -group)
    }
    while digitsAfterPoint < 0 {
      value = try Self.shifted(value, by: 10, adding: 0)
      digitsAfterPoint += 1
      if value == 0 { digitsAfterPoint = 0 }
    }
    while digitsAfterPoint < min(displayScale, Self.greatestScale) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { break }
      value = product
      digitsAfterPoint += 1
    }
    guard digitsAfterPoint <= Self.greatestScale else { throw .tooLarge }
    self.init(unscaled: value, scale: digitsAfterPoint)
  }

  private static func shifted(_ value: Int128, by base: Int128, adding digit: Int128) throws(DecodeFailure) -> Int128 {
    let (product, overflow) = value.multipliedReportingOverflow(by: base)
    let (sum, sumOverflow) = product.addingReportingOverflow(digit)
    if overflow || sumOverflow { throw .tooLarge }
    return sum
  }
}

extension UnsafeRawBufferPointer {
  /// Callers check the length first.
  func int16(at offset: Int) -> Int16 { Int16(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int16.self)) }
  func int32(at offset: Int) -> Int32 { Int32(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int32.self)) }
  func int64(at offset: Int) -> Int64 { Int64(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int64.self)) }
}
