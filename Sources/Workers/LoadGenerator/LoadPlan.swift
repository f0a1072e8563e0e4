/// In which order good messages, their repeats and bad ones come: a shuffle with exact counts.
struct LoadPlan {
  enum Item: Sendable, Hashable {
    /// The n-th good message for the first time.
    case good(Int)
    /// The n-th good message again, exactly.
    case duplicate(Int)
    /// The n-th good message's id on the other side of the month's boundary.
    case otherMonth(Int)
    /// The n-th bad message.
    case bad(Int)
  }

  let good: Int
  let duplicates: Int
  let otherMonth: Int
  let bad: Int

  private let numbers: SeededNumbers
  private var step = 0
  private var doneGood = 0
  private var doneDuplicates = 0
  private var doneOtherMonth = 0
  private var doneBad = 0

  /// - Parameter fixed: how many good messages there are, for loads that are what they are; the shares are then of these,
  ///   else of all messages.
  init(_ options: LoadOptions, fixed: Int? = nil) {
    let base = fixed ?? options.messages
    duplicates = options.duplicates.of(base)
    bad = options.bad.of(base)
    let wanted = options.crossMonthDuplicates.of(base)
    let rest = max(0, base - duplicates - bad - wanted)
    good = fixed ?? rest
    // Each is of a good message of its own.
    otherMonth = min(wanted, good)
    numbers = SeededNumbers(seed: options.seed)
  }

  var total: Int { good + duplicates + otherMonth + bad }

  /// Good messages that come again in the other month lie this far apart; 0 when there are none.
  private var stride: Int { otherMonth == 0 ? 0 : good / otherMonth }

  /// Whether the n-th good message must lie near a month's boundary.
  func isNearBoundary(_ index: Int) -> Bool {
    stride > 0 && index % stride == 0 && index / stride < otherMonth
  }

  /// The next message; `nil` at the end.
  mutating func next() -> Item? {
    let left = total - doneGood - doneDuplicates - doneOtherMonth - doneBad
    guard left > 0 else { return nil }
    step += 1
    var choice = numbers.number(step, use: 1, below: left)
    if choice < bad - doneBad { return nextBad() }
    choice -= bad - doneBad
    if choice < duplicates - doneDuplicates, doneGood > 0 { return nextDuplicate() }
    choice -= duplicates - doneDuplicates
    if choice < otherMonth - doneOtherMonth, doneOtherMonth * stride < doneGood { return nextOtherMonth() }
    // Repeats that were drawn too early come when there is something to repeat.
    if doneGood < good { return nextGood() }
    if doneOtherMonth < otherMonth { return nextOtherMonth() }
    if doneDuplicates < duplicates, doneGood > 0 { return nextDuplicate() }
    return doneBad < bad ? nextBad() : nil
  }

  private mutating func nextGood() -> Item {
    defer { doneGood += 1 }
    return .good(doneGood)
  }

  private mutating func nextDuplicate() -> Item {
    doneDuplicates += 1
    return .duplicate(numbers.number(step, use: 2, below: doneGood))
  }

  private mutating func nextOtherMonth() -> Item {
    defer { doneOtherMonth += 1 }
    return .otherMonth(doneOtherMonth * stride)
  }

  private mutating func nextBad() -> Item {
    defer { doneBad += 1 }
    return .bad(doneBad)
  }
}
