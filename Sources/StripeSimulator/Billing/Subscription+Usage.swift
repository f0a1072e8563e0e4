/// Which usage is still to be invoiced.
extension Subscription {
  /// Former prices first; then each metered item, cut at the cycle's boundaries, as tiers begin anew with each period.
  func unbilledSpans(until end: Int, with world: World) -> [MeteredSpan] {
    formerSpans + items.flatMap { spans(of: $0, until: end, isFormer: false, with: world) }
  }

  /// Says that all usage up to `end` is on an invoice.
  mutating func takeUsage(until end: Int) {
    formerSpans = []
    for index in items.indices { items[index].unbilledFrom = end }
  }

  /// Keeps the usage of an item that gets another price, or goes, for the next invoice.
  mutating func keepUsage(of item: SubscriptionItem, until end: Int, with world: World) {
    formerSpans += spans(of: item, until: end, isFormer: true, with: world)
  }

  private func spans(
    of item: SubscriptionItem, until end: Int, isFormer: Bool, with world: World
  ) -> [MeteredSpan] {
    guard item.price.meter != nil else { return [] }
    return cycle.periods(in: TimeSpan(start: item.unbilledFrom, end: end)).map { period in
      MeteredSpan(
        line: world.ids.next("il_"), subscription: id, item: item.id, metadata: item.metadata, price: item.price,
        span: period, isFormer: isFormer)
    }
  }
}
