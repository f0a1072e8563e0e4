/// What is in force from a day on, until a later version takes over.
protocol Versioned {
  /// `nil` is since ever.
  var effectiveFrom: CivilDate? { get }
}

extension Versioned {
  func isInForce(on day: CivilDate) -> Bool { effectiveFrom.map { $0 <= day } ?? true }
}

extension Sequence where Element: Versioned {
  /// The version with the latest beginning on or before `day`.
  func version(inForceOn day: CivilDate) -> Element? {
    lazy.filter { $0.isInForce(on: day) }.max { Self.isEarlier($0, $1) }
  }

  /// The version that began before all others.
  var earliestVersion: Element? { self.min { Self.isEarlier($0, $1) } }

  private static func isEarlier(_ left: Element, _ right: Element) -> Bool {
    guard let right = right.effectiveFrom else { return false }
    guard let left = left.effectiveFrom else { return true }
    return left < right
  }
}
