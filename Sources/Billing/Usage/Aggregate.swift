/// A total as records are folded into it one by one, in any order: the slow truth that kept totals are checked against.
///
/// It takes the records that stand. A record that was taken back, and the one that took it back, are left out: `max`,
/// `last` and `unique` cannot be undone by adding a negative quantity.
public struct Aggregate: Sendable {
  public let aggregation: Aggregation
  private var sum = Quantity.zero
  private var count = 0
  private var greatest: Quantity?
  private var latest: CountedRecord?
  private var subjects: Set<Pseudonym> = []

  public init(_ aggregation: Aggregation) { self.aggregation = aggregation }

  /// Records without a subject add nothing to a `unique` total.
  public mutating func add(_ record: CountedRecord) {
    switch aggregation {
    case .sum: sum += record.counted
    case .count: count += 1
    case .max: greatest = greatest.map { max($0, record.counted) } ?? record.counted
    case .last: latest = latest.map { Self.later($0, record) } ?? record
    case .unique:
      if let subject = record.subject { subjects.insert(subject) }
    }
  }

  /// 0 while there are no records.
  public var total: Quantity {
    switch aggregation {
    case .sum: sum
    case .count: Quantity(count)
    case .max: greatest ?? .zero
    case .last: latest?.counted ?? .zero
    case .unique: Quantity(subjects.count)
    }
  }

  private static func later(_ left: CountedRecord, _ right: CountedRecord) -> CountedRecord {
    (left.timestamp, left.usageID) < (right.timestamp, right.usageID) ? right : left
  }
}

extension Aggregation {
  /// The total of `records`, in whichever order they come.
  public func total(of records: some Sequence<CountedRecord>) -> Quantity {
    var aggregate = Aggregate(self)
    for record in records { aggregate.add(record) }
    return aggregate.total
  }
}
