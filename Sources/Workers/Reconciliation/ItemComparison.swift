import Billing
import Outbox
import Stripe

/// Compares invoice items, entry by entry. Pure.
struct ItemComparison {
  /// What our outbox says of an entry for an invoice item.
  struct Entry: Hashable, Sendable {
    let item: InvoiceItem
    /// Whether it was delivered: then it has to be at Stripe. Otherwise it may be.
    let isDelivered: Bool
  }

  let company: CompanyID
  /// The entries that are to be compared.
  let entries: [EntryID: Entry]
  /// Further entries: not to be missed at Stripe, but known there.
  let others: [EntryID: Entry]
  let listed: [ListedInvoiceItem]

  /// In the order of entries' ids, which is that of time.
  var discrepancies: [Discrepancy] {
    let found = Dictionary(grouping: listed.filter { $0.entry != nil }) { $0.entry }
    var discrepancies: [(EntryID, Discrepancy)] = []
    for (id, entry) in entries where entry.isDelivered && found[id] == nil {
      discrepancies.append((id, .itemMissing(company, id, entry.item)))
    }
    for (id, items) in found {
      guard let id, let first = items.first else { continue }
      if items.count > 1 { discrepancies.append((id, .itemTwice(company, id, items.map(\.id)))) }
      guard let entry = entries[id] ?? others[id] else {
        discrepancies.append((id, .itemUnknown(company, first, id)))
        continue
      }
      for item in items where item.minorUnits != entry.item.minorUnits || item.currency != entry.item.currency {
        discrepancies.append((id, .itemAmount(company, id, entry.item, item)))
      }
    }
    return discrepancies.sorted { $0.0.description < $1.0.description }.map(\.1)
  }
}
