import Billing

/// Random good messages, each a function of the seed and its number.
struct RandomLoad {
  private let options: LoadOptions
  private let numbers: SeededNumbers
  private let companies: [String]
  /// The latest first of a month before the end: repeats across a month's boundary are made around it.
  private let boundary: Instant

  private static let storage = "storage"
  private static let most = 45

  init(_ options: LoadOptions) {
    self.options = options
    numbers = SeededNumbers(seed: options.seed)
    companies =
      options.company.map { [$0.text] }
      ?? (1...max(1, options.companies)).map { number in
        let digits = String(number)
        return "comp-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
      }
    boundary = Instant(microseconds: options.to.microseconds - 1).month.start
  }

  func record(_ index: Int, isNearBoundary: Bool) -> LoadRecord {
    let metric = options.metrics[numbers.number(index, use: 11, below: options.metrics.count)]
    let start = isNearBoundary ? max(boundary, options.from) : options.from
    let end = isNearBoundary ? min(boundary.adding(days: 2), options.to) : options.to
    return LoadRecord(
      usageID: Self.identifier(numbers.number(index, use: 12), numbers.number(index, use: 13)),
      company: company(index), metric: metric, quantity: quantity(index, metric),
      timestamp: instant(index, from: start, to: end),
      user: options.users > 0 ? numbers.number(index, use: 15, below: options.users) : nil,
      subject: options.subjects > 0 ? numbers.number(index, use: 16, below: options.subjects) : nil)
  }

  /// The same record on the other side of the month's boundary.
  func otherMonth(_ record: LoadRecord, _ index: Int) -> LoadRecord {
    var other = record
    other.timestamp = instant(index, from: boundary.adding(days: -2), to: boundary)
    return other
  }

  private func company(_ index: Int) -> String {
    guard companies.count > 1 else { return companies[0] }
    let share = numbers.number(index, use: 17, below: 10_000)
    let isLargest = options.largestShare.basisPoints > 0 && share < options.largestShare.basisPoints
    if isLargest { return companies[0] }
    let first = options.largestShare.basisPoints > 0 ? 1 : 0
    return companies[first + numbers.number(index, use: 18, below: companies.count - first)]
  }

  private func quantity(_ index: Int, _ metric: String) -> String {
    if let quantity = options.quantity { return quantity.description }
    return metric == Self.storage ? String(1 + numbers.number(index, use: 19, below: Self.most)) : "1"
  }

  /// To the millisecond, as it is written.
  private func instant(_ index: Int, from start: Instant, to end: Instant) -> Instant {
    let span = max(1, Int(end.microseconds - start.microseconds))
    let instant = start.microseconds + Int64(numbers.number(index, use: 14, below: span))
    return Instant(microseconds: max(start.microseconds, instant - instant % 1000))
  }

  /// In the form of a random UUID.
  static func identifier(_ high: UInt64, _ low: UInt64) -> String {
    String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for nibble in 0..<32 {
        if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = nibble < 16 ? high : low
        var digit = UInt8(truncatingIfNeeded: (word >> UInt64(60 - (nibble % 16) * 4)) & 0x0F)
        if nibble == 12 { digit = 4 }
        if nibble == 16 { digit = digit & 0x03 | 0x08 }
        buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        position += 1
      }
      return position
    }
  }
}
