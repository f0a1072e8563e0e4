extension CompanyBooks {
  /// Closes what is past its grace, the oldest first, one after the other.
  mutating func close(now: Moment) throws {
    guard isRegistered else { return }
    extend(to: [], now: now)
    while let place = periods.firstIndex(where: { !$0.isClosed }) {
      let period = periods[place]
      guard period.end.start + Self.grace <= now else { return }
      // The patients' renewal has to have reached it.
      guard patients.isEmpty || (renewedThrough.map { $0 >= period.start } ?? false) else { return }
      periods[place].isClosed = true
      let lines =
        try baseFee(of: period) + usage(in: period) + late(before: period) + waitingCharges(before: period.end)
      if !lines.isEmpty { invoices.append(ExpectedInvoice(.period, periodStart: period.start, lines: lines)) }
    }
  }

  /// Of charges that do not wait.
  mutating func billAtOnce() {
    guard isRegistered else { return }
    let kinds = Set(catalog.chargeKinds.filter(\.isBilledAtOnce).map(\.name))
    let due = charges.indices.filter { !charges[$0].isBilled && kinds.contains(charges[$0].kind) }
    guard !due.isEmpty else { return }
    let isSetup = due.allSatisfy { charges[$0].kind == "setup_fee" }
    invoices.append(ExpectedInvoice(isSetup ? .setupFee : .oneOff, periodStart: nil, lines: bill(due)))
  }

  private mutating func waitingCharges(before end: Day) -> [ExpectedInvoice.Line] {
    bill(charges.indices.filter { !charges[$0].isBilled && charges[$0].at < end.start })
  }

  private mutating func bill(_ places: [Int]) -> [ExpectedInvoice.Line] {
    places.map { place in
      charges[place].isBilled = true
      return ExpectedInvoice.Line(.charge, amount: charges[place].amount)
    }
  }

  /// By whole days of those from joining to leaving.
  private func baseFee(of period: Period) throws -> [ExpectedInvoice.Line] {
    guard let plan = period.plan.flatMap({ catalog.plan($0) }) else { return [] }
    var days = 0
    for number in period.start.number..<period.end.number {
      let day = Day(number: number)
      if day >= (joined ?? day), left.map({ day < $0 }) ?? true { days += 1 }
    }
    let share = Ratio(Int128(days), over: Int128(period.days))
    let amount = try Pricing.minorUnits(Pricing.number(plan.baseFee) * share, digits: plan.digits)
    guard amount != 0 else { return [] }
    var line = ExpectedInvoice.Line(.baseFee, amount: amount)
    line.periodStart = period.start
    line.days = days
    return [line]
  }

  private mutating func usage(in period: Period) throws -> [ExpectedInvoice.Line] {
    try catalog.metrics.compactMap { try line(.usage, $0.name, period) }
  }

  private mutating func late(before period: Period) throws -> [ExpectedInvoice.Line] {
    try periods.filter { $0.start < period.start && $0.isClosed }.flatMap { earlier in
      try catalog.metrics.compactMap { try line(.late, $0.name, earlier) }
    }
  }

  /// What a total has changed by since its last line; none where it has not.
  private mutating func line(
    _ kind: ExpectedInvoice.Line.Kind, _ metric: String, _ period: Period
  ) throws -> ExpectedInvoice.Line? {
    guard let (_, terms) = try terms(metric, in: period) else { return nil }
    let key = Total(metric: metric, start: period.start)
    let before = charged[key] ?? Charged()
    let total = total(metric, in: period)
    guard total != before.quantity else { return nil }
    let price = try Pricing.price(total, terms)
    var line = ExpectedInvoice.Line(kind, amount: price - before.amount)
    line.periodStart = period.start
    line.metric = metric
    line.quantity = total - before.quantity
    line.totalQuantity = total
    line.totalLine = before.lines + 1
    charged[key] = Charged(quantity: total, amount: price, lines: before.lines + 1)
    return line
  }
}
