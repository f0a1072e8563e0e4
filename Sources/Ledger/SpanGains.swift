import Billing

/// What a batch adds to the totals of one kind of span, days or periods: collected record by record, handed over in key
/// order with each total once.
struct SpanGains {
  private struct Row {
    let company: Company
    let key: TotalsDelta.Key
    var amount: TotalsDelta.Amount
  }

  /// Records come company by company, and a company has few totals in a batch: looking through those beats a table. A
  /// company with many gets one.
  private static let fewTotals = 12

  private var rows: [Row] = []
  /// The company that was added to last, and where its rows begin.
  private var runCompany: Company?
  private var runStart = 0
  private var runIndex: [TotalsDelta.Key: Int] = [:]

  /// The total's amount, to be changed in place.
  subscript(company: Company, key: TotalsDelta.Key, aggregation: Aggregation) -> TotalsDelta.Amount {
    mutating get { rows[position(company, key, aggregation)].amount }
    _modify { yield &rows[position(company, key, aggregation)].amount }
  }

  private mutating func position(_ company: Company, _ key: TotalsDelta.Key, _ aggregation: Aggregation) -> Int {
    if runCompany !== company {
      runCompany = company
      runStart = rows.count
      runIndex.removeAll(keepingCapacity: true)
    }
    if let known = known(key) { return known }
    rows.append(Row(company: company, key: key, amount: .nothing(aggregation)))
    if rows.count - runStart > Self.fewTotals { index() }
    return rows.count - 1
  }

  private func known(_ key: TotalsDelta.Key) -> Int? {
    guard runIndex.isEmpty else { return runIndex[key] }
    return rows.indices[runStart...].first { rows[$0].key == key }
  }

  /// Puts the rows of the run that are not in the table yet into it.
  private mutating func index() {
    for position in (runStart + runIndex.count)..<rows.count { runIndex[rows[position].key] = position }
  }

  /// In key order. A company whose records did not stand together (taken back, say) may have rows of one total in several
  /// places; they are joined here.
  func delta() -> TotalsDelta {
    let order = rows.indices.sorted { left, right in
      let (left, right) = (rows[left], rows[right])
      return left.company === right.company ? left.key < right.key : left.company.id < right.company.id
    }
    var delta = TotalsDelta()
    for position in order {
      let row = rows[position]
      delta.append(row.company, row.key, row.amount)
    }
    return delta
  }
}
