import Billing
import Ledger
import Outbox

/// Compares one company's lines and meter accounts with the entries that were written for them. Pure.
struct EntryCheck {
  private let books: ChainBooks
  private let entries: [EntryID: OutboxBooks.Entry]
  private let reported: [ChainBooks.Key: OutboxBooks.Reported]
  /// Periods that need no look.
  private let proven: Set<CivilDate>
  private let droppedBefore: Instant?
  private let fee: (CivilDate) -> Amount?

  private(set) var found: [BooksDifference] = []
  /// Periods of which something still waits to be sent.
  private(set) var waiting: Set<CivilDate> = []

  /// - Parameters:
  ///   - proven: first days of the periods whose entries were all found before, and of which nothing has changed.
  ///   - droppedBefore: entries settled before may be gone; `nil`: none is.
  ///   - fee: a period's whole base fee.
  init(
    _ books: ChainBooks, _ entries: [OutboxBooks.Entry], _ reported: [OutboxBooks.Reported], proven: Set<CivilDate>,
    droppedBefore: Instant?, fee: @escaping (CivilDate) -> Amount?
  ) {
    self.books = books
    self.entries = Dictionary(entries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.reported = Dictionary(
      reported.map { (ChainBooks.Key(metric: $0.metric, periodStart: $0.periodStart), $0) },
      uniquingKeysWith: { first, _ in first })
    self.proven = proven
    self.droppedBefore = droppedBefore
    self.fee = fee
    checkLines()
    checkFinalizations()
    checkAccounts()
  }

  private func mayBeGone(_ createdAt: Instant) -> Bool { droppedBefore.map { createdAt < $0 } ?? false }

  // MARK: - Lines

  private mutating func checkLines() {
    for line in books.lines {
      guard let invoice = books.invoices[line.invoice], !proven.contains(invoice.period.start) else { continue }
      guard let id = line.entry else {
        guard line.route == "i" else { continue }
        var difference = ChainLink.missingEntry.difference(
          stored: "none", expected: Money(line.amount, Currency(invoice.currency)))
        difference.place(at: line)
        found.append(difference)
        continue
      }
      guard let entry = entries[id] else {
        if !mayBeGone(invoice.createdAt) {
          var difference = ChainLink.missingEntry.difference(stored: id, expected: "an entry of the outbox")
          difference.place(at: line)
          found.append(difference)
        }
        continue
      }
      if !entry.isSettled { waiting.insert(invoice.period.start) }
      check(line, entry, invoice)
    }
  }

  private mutating func check(_ line: ChainBooks.Line, _ entry: OutboxBooks.Entry, _ invoice: ChainBooks.Invoice) {
    let currency = Currency(invoice.currency)
    var stored = "no invoice item"
    if case .invoiceItem(let item) = entry.effect {
      let amount = Int128(item.minorUnits)
      guard item.currency != currency || !allowed(line).contains(amount) else { return }
      stored = "\(Money(amount, item.currency)) \(item.currency)"
    }
    let expected = "\(Money(allowed(line).last, currency)) \(invoice.currency)"
    var difference = ChainLink.entryAmount.difference(stored: stored, expected: expected)
    difference.place(at: line)
    found.append(difference)
  }

  /// What a line's entry may bring. Where the subscription has billed the whole fee by itself, the rest.
  private func allowed(_ line: ChainBooks.Line) -> [Int128] {
    guard line.route == "s", let whole = fee(line.period.start) else { return [line.amount] }
    return [line.amount - whole.minorUnits, line.amount]
  }

  private mutating func checkFinalizations() {
    for invoice in books.invoices.values.sorted(by: { $0.number < $1.number })
    where !proven.contains(invoice.period.start) {
      guard let id = invoice.finalizeEntry else { continue }
      var stored = id.description
      switch entries[id]?.effect {
      case .finalizeInvoice(let finalization) where finalization.number == invoice.number:
        if entries[id]?.isSettled == false { waiting.insert(invoice.period.start) }
        continue
      case nil where entries[id] == nil: if mayBeGone(invoice.createdAt) { continue }
      default: stored = "another effect"
      }
      var difference = ChainLink.missingEntry.difference(stored: stored, expected: "the end of its draft")
      difference.place(at: invoice)
      found.append(difference)
    }
  }

  // MARK: - Meter accounts

  private mutating func checkAccounts() {
    var items: [ChainBooks.Key: Int128] = [:]
    let ofLines = Set(books.lines.compactMap(\.entry))
    for entry in entries.values.sorted(by: { $0.id.description < $1.id.description }) {
      guard case .invoiceItem(let item) = entry.effect else { continue }
      if let metric = item.line.metric, let period = item.line.period {
        items[ChainBooks.Key(metric: metric, periodStart: period.start), default: 0] += Int128(item.minorUnits)
        if !entry.isSettled { waiting.insert(period.start) }
      } else if !ofLines.contains(entry.id) {
        var difference = ChainLink.entryWithoutLine.difference(
          stored: "\(Money(Int128(item.minorUnits), item.currency)) \(item.currency)", expected: "a line")
        difference.periodStart = item.line.period?.start
        if case .charge(_, let number) = item.line { difference.charge = number }
        found.append(difference)
      }
    }
    let ofLinesByTotal = books.lines.reduce(into: [ChainBooks.Key: Int128]()) { sums, line in
      if let usage = line.usage, line.entry != nil { sums[usage.key, default: 0] += line.amount }
    }
    let keys = Set(items.keys).union(books.accounts.keys).union(ofLinesByTotal.keys).union(reported.keys)
    for key in keys.sorted() where !proven.contains(key.periodStart) && !mayBeGone(key.periodStart.start) {
      checkAccount(key, items: items[key] ?? 0, ofLines: ofLinesByTotal[key] ?? 0)
    }
  }

  private mutating func checkAccount(_ key: ChainBooks.Key, items: Int128, ofLines: Int128) {
    let account = books.accounts[key]
    let events = reported[key]?.quantity ?? .zero
    if reported[key]?.isSettled == false { waiting.insert(key.periodStart) }
    let told = account?.reported ?? .zero
    if told != events {
      var difference = ChainLink.reportedQuantity.difference(stored: told, expected: events)
      difference.place(at: key)
      found.append(difference)
    }
    let owed = (account?.itemizedAmount ?? 0) + ofLines
    if owed != items {
      let currency = fee(key.periodStart)?.currency
      var difference = ChainLink.itemizedAmount.difference(
        stored: Money(owed, currency), expected: Money(items, currency))
      difference.place(at: key)
      found.append(difference)
    }
  }
}
