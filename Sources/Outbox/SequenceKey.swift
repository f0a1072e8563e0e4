import Billing

/// A row of `outbox_keys`. Sorted as the database sorts: whoever locks several does it in this order.
struct SequenceKey: Hashable, Comparable {
  let company: CompanyID
  let orderingKey: OrderingKey

  init(_ company: CompanyID, _ orderingKey: OrderingKey) {
    self.company = company
    self.orderingKey = orderingKey
  }

  static func < (left: SequenceKey, right: SequenceKey) -> Bool {
    (left.company, left.orderingKey) < (right.company, right.orderingKey)
  }
}
