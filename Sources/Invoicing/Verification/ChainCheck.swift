import Billing
import Ledger

/// Compares one company's books link by link: total, charges, lines, invoices. Pure.
struct ChainCheck {
  let books: ChainBooks
  /// What prices a period, by its first day.
  let terms: (CivilDate) -> PricedPeriods.Terms?

  private(set) var found: [BooksDifference] = []

  init(_ books: ChainBooks, terms: @escaping (CivilDate) -> PricedPeriods.Terms?) {
    self.books = books
    self.terms = terms
    checkPeriods()
    checkTotals()
    checkAccounts()
    checkLines()
    checkInvoices()
  }

  private mutating func note(
    _ link: ChainLink, stored: some CustomStringConvertible, expected: some CustomStringConvertible,
    _ place: (inout BooksDifference) -> Void
  ) {
    var difference = link.difference(stored: stored, expected: expected)
    place(&difference)
    found.append(difference)
  }

  private mutating func note(
    _ link: ChainLink, _ key: ChainBooks.Key, stored: some CustomStringConvertible,
    expected: some CustomStringConvertible
  ) {
    note(link, stored: stored, expected: expected) { $0.place(at: key) }
  }

  private mutating func note(
    _ link: ChainLink, _ line: ChainBooks.Line, stored: some CustomStringConvertible,
    expected: some CustomStringConvertible
  ) {
    note(link, stored: stored, expected: expected) { $0.place(at: line) }
  }

  // MARK: - Periods

  /// Late usage may put a period before those that are closed; the next close sees to it. One that has an invoice was
  /// closed before.
  private mutating func checkPeriods() {
    guard let lastClosed = books.periods.last(where: \.isClosed) else { return }
    let invoiced = Set(books.invoices.values.filter { $0.type == "period" }.map(\.period.start))
    for period in books.periods
    where !period.isClosed && period.start < lastClosed.start && invoiced.contains(period.start) {
      note(.closingOrder, stored: "open", expected: "closed before \(lastClosed.start)") {
        $0.periodStart = period.start
      }
    }
  }

  private func isOpen(_ start: CivilDate) -> Bool { books.periods.contains { $0.start == start && !$0.isClosed } }

  // MARK: - Totals and what was charged for them

  private mutating func checkTotals() {
    let lines = books.lines.reduce(into: [ChainBooks.Key: [ChainBooks.Line]]()) { lines, line in
      if let usage = line.usage { lines[usage.key, default: []].append(line) }
    }
    let keys = Set(books.charged.keys).union(lines.keys)
      .union(books.totals.filter { $0.value.chargedLines != 0 }.map(\.key))
    for key in keys.sorted() {
      let lines = (lines[key] ?? []).sorted { ($0.usage?.totalLine ?? 0) < ($1.usage?.totalLine ?? 0) }
      let charged = books.charged[key]
      let known = books.totals[key]?.chargedLines ?? 0
      if known != charged?.lines ?? 0 {
        note(.chargedLines, key, stored: "\(known) lines", expected: "\(charged?.lines ?? 0) lines")
      }
      guard let charged else {
        for line in lines { note(.lineWithoutCharge, line, stored: line.money(line.amount), expected: "nothing") }
        continue
      }
      if books.totals[key] == nil { note(.chargeWithoutTotal, key, stored: charged.quantity, expected: "no total") }
      check(key, charged, lines)
    }
  }

  private mutating func check(_ key: ChainBooks.Key, _ charged: ChainBooks.Charged, _ lines: [ChainBooks.Line]) {
    if charged.lines != lines.count {
      note(.lineCount, key, stored: "\(charged.lines) lines", expected: "\(lines.count) lines")
    }
    let numbers = lines.compactMap(\.usage?.totalLine)
    if numbers != lines.indices.map({ $0 + 1 }) {
      note(
        .lineNumbers, key, stored: numbers.map(String.init).joined(separator: " "),
        expected: lines.indices.map { String($0 + 1) }.joined(separator: " "))
    }
    let quantity = lines.reduce(Quantity.zero) { $0 + ($1.usage?.quantity ?? .zero) }
    if quantity != charged.quantity { note(.chargedQuantity, key, stored: charged.quantity, expected: quantity) }
    let amount = lines.reduce(Int128(0)) { $0 + $1.amount }
    let terms = terms(key.periodStart)
    if amount != charged.amount {
      note(
        .chargedAmount, key, stored: Money(charged.amount, terms?.currency), expected: Money(amount, terms?.currency))
    }
    checkPrices(key, charged, lines, terms)
  }

  private mutating func checkPrices(
    _ key: ChainBooks.Key, _ charged: ChainBooks.Charged, _ lines: [ChainBooks.Line], _ terms: PricedPeriods.Terms?
  ) {
    guard let terms, let rate = terms.rate(of: key.metric) else {
      note(.unpriced, key, stored: charged.quantity, expected: "no line")
      return
    }
    let price = price(charged.quantity, rate, terms.currency)
    if price != charged.amount {
      note(
        .chargedPrice, key, stored: Money(charged.amount, terms.currency), expected: Money(price, terms.currency))
    }
    var former = Quantity.zero
    for line in lines {
      guard let usage = line.usage else { continue }
      if usage.totalQuantity != former + usage.quantity {
        note(.lineTotal, line, stored: usage.totalQuantity, expected: former + usage.quantity)
      }
      let before = self.price(former, rate, terms.currency)
      let after = self.price(usage.totalQuantity, rate, terms.currency)
      let owed = before.flatMap { before in after.map { $0 - before } }
      if owed != line.amount {
        note(.lineAmount, line, stored: Money(line.amount, terms.currency), expected: Money(owed, terms.currency))
      }
      checkParts(line, usage, isItemized: rate.itemize, terms.currency)
      former = usage.totalQuantity
    }
  }

  private mutating func checkParts(
    _ line: ChainBooks.Line, _ usage: ChainBooks.Usage, isItemized: Bool, _ currency: Currency
  ) {
    guard let parts = books.parts[line.number] else {
      if isItemized, usage.quantity != .zero {
        note(.partsQuantity, line, stored: "no parts", expected: usage.quantity)
      }
      return
    }
    if parts.quantity != usage.quantity {
      note(.partsQuantity, line, stored: parts.quantity, expected: usage.quantity)
    }
    if parts.amount != line.amount {
      note(.partsAmount, line, stored: Money(parts.amount, currency), expected: Money(line.amount, currency))
    }
  }

  /// In minor units; `nil` when it is beyond what an amount can hold.
  private func price(_ quantity: Quantity, _ rate: EffectiveRate, _ currency: Currency) -> Int128? {
    try? Pricing.cost(of: quantity, at: rate, currency: currency).amount.minorUnits
  }

  // MARK: - What Stripe's meters were told beside items

  private mutating func checkAccounts() {
    for (key, account) in books.accounts.sorted(by: { $0.key < $1.key })
    where account.itemized != .zero || account.itemizedAmount != 0 {
      guard let terms = terms(key.periodStart), let rate = terms.rate(of: key.metric) else {
        note(.unpriced, key, stored: account.itemized, expected: "no items")
        continue
      }
      let told = price(account.reported, rate, terms.currency)
      let whole = price(account.reported + account.itemized, rate, terms.currency)
      let owed = told.flatMap { told in whole.map { $0 - told } }
      if owed != account.itemizedAmount {
        note(
          .itemizedPrice, key, stored: Money(account.itemizedAmount, terms.currency),
          expected: Money(owed, terms.currency))
      }
    }
  }

  // MARK: - Other lines

  private mutating func checkLines() {
    for line in books.lines {
      let currency = books.invoices[line.invoice].flatMap { Currency($0.currency) }
      if let days = line.days { checkBaseFee(line, days: days) }
      if let number = line.chargeNumber {
        let charge = books.charges[number]
        if charge?.amount != line.amount || charge?.currency != books.invoices[line.invoice]?.currency {
          note(
            .chargeAmount, line, stored: "\(Money(line.amount, currency)) \(currency?.code ?? "?")",
            expected: charge.map { "\(Money($0.amount, Currency($0.currency))) \($0.currency)" } ?? "no such charge")
        }
      }
    }
  }

  private mutating func checkBaseFee(_ line: ChainBooks.Line, days: Int) {
    guard let terms = terms(line.period.start) else {
      note(.baseFee, line, stored: line.money(line.amount), expected: "no plan")
      return
    }
    let fee = try? BaseFee.amount(terms.baseFee, days: days, of: line.period)
    if fee?.minorUnits != line.amount {
      note(
        .baseFee, line, stored: Money(line.amount, terms.currency), expected: Money(fee?.minorUnits, terms.currency))
    }
  }

  // MARK: - Invoices

  private mutating func checkInvoices() {
    let lines = Dictionary(grouping: books.lines, by: \.invoice)
    for invoice in books.invoices.values.sorted(by: { $0.number < $1.number }) {
      let currency = Currency(invoice.currency)
      let own = lines[invoice.number] ?? []
      let sum = own.reduce(Int128(0)) { $0 + $1.amount }
      if own.isEmpty {
        note(.invoiceEmpty, stored: Money(invoice.total, currency), expected: "lines") { $0.place(at: invoice) }
      } else if sum != invoice.total {
        note(.invoiceTotal, stored: Money(invoice.total, currency), expected: Money(sum, currency)) {
          $0.place(at: invoice)
        }
      }
      if invoice.type == "period", isOpen(invoice.period.start) {
        note(.openPeriod, stored: "an invoice", expected: "a closed period") { $0.place(at: invoice) }
      }
    }
  }
}
