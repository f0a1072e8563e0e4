/// Well-mixed numbers that depend on a seed and a position only, so that any message can be made again at any time
/// (SplitMix64's finalizer).
struct SeededNumbers {
  let seed: UInt64

  /// - Parameter use: tells apart numbers of one position that must not depend on each other.
  func number(_ position: Int, use: UInt64) -> UInt64 {
    Self.mix(Self.mix(seed &+ use &* 0x632b_e59b_d9b4_e019) ^ UInt64(bitPattern: Int64(position)))
  }

  /// A number from 0 to below `bound`, which is above 0.
  func number(_ position: Int, use: UInt64, below bound: Int) -> Int {
    Int(truncatingIfNeeded: number(position, use: use).multipliedFullWidth(by: UInt64(bound)).high)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9e37_79b9_7f4a_7c15
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
