extension CompanyBooks {
  /// Counts a record, unless its id was counted before.
  mutating func record(_ usage: Message.Usage) throws {
    guard let metric = catalog.metric(usage.metric) else {
      throw BooksError(description: "usage \(usage.id) of \(id): the catalog has no metric \(usage.metric)")
    }
    let quantity = try Pricing.number(usage.quantity)
    let counted = try metric.minimum.map { try max(Pricing.number($0), quantity) } ?? quantity
    add(Record(id: usage.id, metric: usage.metric, counted: counted, at: usage.at, subject: usage.subject))
  }

  mutating func add(_ record: Record) {
    let keys = Self.keys(record.id, record.at)
    guard !keys.contains(where: { self.counted[$0] != nil }) else { return }
    var record = record
    record.isVoided = keys.contains { awaited.contains($0) }
    for key in keys { self.counted[key] = records.count }
    records.append(record)
  }

  mutating func take(back void: Message.Void) {
    let keys = Self.keys(void.id, void.at)
    if let position = keys.compactMap({ self.counted[$0] }).first {
      records[position].isVoided = true
    } else {
      awaited.formUnion(keys)
    }
  }

  private static func keys(_ id: String, _ at: Moment) -> [Key] {
    let (year, month, day) = at.day.components
    var keys = [Key(id: id, span: .month(year, month))]
    let next = month == 12 ? Day(year + 1, 1, 1) : Day(year, month + 1, 1)
    if day <= 2 { keys.append(Key(id: id, span: .boundary(Day(year, month, 1)))) }
    if next - at.day <= 2 { keys.append(Key(id: id, span: .boundary(next))) }
    return keys
  }

  /// A total, from all records that stand.
  func total(_ metric: String, in period: Period) -> Ratio {
    let standing = records.filter { $0.metric == metric && !$0.isVoided && period.contains($0.at) }
    switch catalog.metric(metric)?.aggregation ?? .sum {
    case .sum: return standing.reduce(.zero) { $0 + $1.counted }
    case .count: return Ratio(Int128(standing.count))
    case .max: return standing.map(\.counted).max() ?? .zero
    case .last:
      let last = standing.max { ($0.at, Array($0.id.utf8)) < ($1.at, Array($1.id.utf8)) }
      return last?.counted ?? .zero
    case .unique: return Ratio(Int128(Set(standing.compactMap(\.subject)).count))
    }
  }
}

/// As the bytes of texts are compared.
private func < (left: (Moment, [UInt8]), right: (Moment, [UInt8])) -> Bool {
  left.0 == right.0 ? left.1.lexicographicallyPrecedes(right.1) : left.0 < right.0
}
