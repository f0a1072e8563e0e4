import Billing
import Outbox

/// What we hold of a company at one moment, of some billing periods.
struct CompanyBooks: Equatable {
  struct Key: Hashable, Comparable {
    let metric: MetricName
    let period: BillingPeriod

    static func < (left: Key, right: Key) -> Bool { (left.period, left.metric) < (right.period, right.metric) }
  }

  struct Figures: Equatable {
    var total = Quantity.zero
    var reported = Quantity.zero
    var itemized = Quantity.zero
    var waiting = Quantity.zero
    var discarded = Quantity.zero
    var justDelivered = Quantity.zero
  }

  /// A meter event that waits, and of which something may have been sent: Stripe may have it.
  struct Doubtful: Hashable {
    let key: Key
    let event: MeterEvent
    /// A worker has it at this moment.
    let isUnderWay: Bool
  }

  var figures: [Key: Figures] = [:]
  var doubtful: [Doubtful] = []
  /// The entries for invoice items in question.
  var items: [EntryID: ItemComparison.Entry] = [:]
  /// Entries that are not in question, and may be at Stripe all the same.
  var otherItems: [EntryID: ItemComparison.Entry] = [:]

  /// Of the periods, those that Stripe has to have.
  var invoices: [BookedInvoice] = []

  mutating func take(waiting record: EntryRecord) {
    switch record.effect {
    case .meterEvent(let event):
      let key = Key(metric: event.metric, period: event.period)
      guard figures[key] != nil else { return }
      figures[key]?.waiting += event.value
      guard record.firstAttemptAt != nil else { return }
      var isUnderWay = false
      if case .leased = record.state { isUnderWay = true }
      doubtful.append(Doubtful(key: key, event: event, isUnderWay: isUnderWay))
    case .invoiceItem(let item): otherItems[record.id] = ItemComparison.Entry(item: item, isDelivered: false)
    case .customer, .invoice, .adoptInvoice, .finalizeInvoice: break
    }
  }

  /// - Parameter isInQuestion: whether Stripe was asked for items as old as this one.
  mutating func take(settledItem record: EntryRecord, isInQuestion: (EntryRecord, InvoiceItem) -> Bool) {
    guard case .invoiceItem(let item) = record.effect else { return }
    let isDelivered =
      switch record.state {
      case .delivered, .deliveredBefore: true
      default: false
      }
    let entry = ItemComparison.Entry(item: item, isDelivered: isDelivered)
    if isDelivered, isInQuestion(record, item) { items[record.id] = entry } else { otherItems[record.id] = entry }
  }

  /// Says of the items that were taken which invoice each belongs to: those of metered usage have no line of their own.
  mutating func placeItems() {
    let places = Dictionary(uniqueKeysWithValues: invoices.indices.map { (invoices[$0].number, $0) })
    for (id, entry) in items.merging(otherItems, uniquingKeysWith: { first, _ in first }) {
      if let place = entry.item.invoice.flatMap({ places[$0] }) { invoices[place].items.insert(id) }
    }
  }

  mutating func take(discarded record: EntryRecord) {
    guard case .meterEvent(let event) = record.effect else { return }
    figures[Key(metric: event.metric, period: event.period)]?.discarded += event.value
  }

  mutating func take(delivered record: EntryRecord) {
    guard case .meterEvent(let event) = record.effect else { return }
    figures[Key(metric: event.metric, period: event.period)]?.justDelivered += event.value
  }

  /// - Parameters:
  ///   - arrived: of what waits, what was found at Stripe.
  func balance(of key: Key, company: CompanyID, atStripe: Quantity, arrived: Quantity) -> MeterBalance {
    let figures = figures[key] ?? Figures()
    return MeterBalance(
      company: company, metric: key.metric, period: key.period, total: figures.total, reported: figures.reported,
      itemized: figures.itemized, waiting: figures.waiting - arrived, atStripe: atStripe, discarded: figures.discarded,
      justDelivered: figures.justDelivered)
  }
}
