/// All that is kept of a patient's activations and deactivations: enough to say at the start of which days the patient is
/// active, and when first.
///
/// Periods begin with days (UTC), so that of each day only the last change is kept. Events may be added one by one or in
/// groups, in any order and repeatedly: the same set of events always makes the same state.
public struct PatientState: Hashable, Sendable {
  /// A change, and when it happened.
  public struct Entry: Hashable, Sendable, Comparable {
    public let moment: EventMoment
    public let change: PatientStep.Change

    public init(moment: EventMoment, change: PatientStep.Change) {
      self.moment = moment
      self.change = change
    }

    public static func < (left: Entry, right: Entry) -> Bool {
      (left.moment, left.change) < (right.moment, right.change)
    }

    /// The first day whose start sees this change: the next one, or, for a change at midnight itself, the day that begins.
    public var seenBy: CivilDate {
      let day = moment.occurredAt.date
      return moment.occurredAt == day.start ? day : day.adding(days: 1)
    }
  }

  /// The earliest activation; `nil` while none was heard of.
  public private(set) var firstActivation: Instant?
  /// The last change before each start of a day, ascending.
  public private(set) var entries: [Entry]

  /// The state of a patient of whom nothing was heard, or one that was kept.
  ///
  /// - Parameter entries: in any order; more than are needed do no harm.
  public init(firstActivation: Instant? = nil, entries: [Entry] = []) {
    self.firstActivation = firstActivation
    self.entries = Self.lastOfEachDay(entries)
  }

  public mutating func add(_ step: PatientStep) {
    merge(
      PatientState(
        firstActivation: step.change == .activated ? step.moment.occurredAt : nil,
        entries: [Entry(moment: step.moment, change: step.change)]))
  }

  /// Adds the events of another state of the same patient.
  public mutating func merge(_ other: PatientState) {
    if let activation = other.firstActivation {
      firstActivation = firstActivation.map { min($0, activation) } ?? activation
    }
    entries = Self.lastOfEachDay(entries + other.entries)
  }

  /// Whether the patient is active when `day` begins (UTC). A change at that very instant is seen.
  public func isActive(atStartOf day: CivilDate) -> Bool {
    entries.last { $0.moment.occurredAt <= day.start }?.change == .activated
  }

  private static func lastOfEachDay(_ entries: [Entry]) -> [Entry] {
    var kept: [Entry] = []
    for entry in entries.sorted() {
      if let last = kept.last, last.seenBy == entry.seenBy { kept.removeLast() }
      kept.append(entry)
    }
    return kept
  }
}
