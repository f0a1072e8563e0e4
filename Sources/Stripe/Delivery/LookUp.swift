import Billing
import JSON
import Outbox

/// A question to Stripe whether an effect was made, page by page.
enum LookUp: Hashable, Sendable {
  /// Which meter takes the events of this name.
  case meter(MetricName, after: RemoteID?, inactive: RemoteID?)
  /// What the meter has counted in the event's own minute.
  case summary(MeterEvent, meter: RemoteID)
  case invoiceItems(EntryID, createdSince: Instant, after: RemoteID?)
  case invoices(EntryID, createdSince: Instant, after: RemoteID?)
  case customers(EntryID, createdSince: Instant, after: RemoteID?)
  /// Whether it is a draft still.
  case invoice(RemoteID)
  /// What Stripe has made for the subscription at the period's end.
  case subscriptionDraft(of: RemoteID, BillingPeriod, after: RemoteID?)

  enum Finding: Hashable, Sendable {
    case found(reference: RemoteID?)
    case absent
    /// The question goes on.
    case next(LookUp)
    /// It was counted differently, or cannot be read: only a person can tell.
    case undecided(Problem)
    /// No answer to this question; it can be asked again.
    case unreadable
  }

  /// - Parameter customer: there for everything but customers themselves and the names of meters.
  func request(customer: RemoteID?) -> StripeRequest? {
    switch self {
    case .meter(_, let after, _): return .meters(after: after)
    case .customers(_, let since, let after): return .customers(createdSince: since, after: after)
    case .invoice(let invoice): return .invoice(invoice)
    case .summary(let event, let meter):
      return customer.map { .summary(of: meter, customer: $0, minute: event.timestamp) }
    case .invoiceItems(_, let since, let after):
      return customer.map { .invoiceItems(of: $0, createdSince: since, after: after) }
    case .invoices(_, let since, let after):
      return customer.map { .invoices(of: $0, createdSince: since, after: after) }
    case .subscriptionDraft(_, let period, let after):
      let since = period.end.start.adding(seconds: -DeliveryTimes.clockSkewSeconds)
      return customer.map { .invoices(of: $0, createdSince: since, after: after) }
    }
  }

  /// What a successful answer says.
  func finding(in answer: StripeAnswer) -> Finding {
    if case .invoice(let invoice) = self {
      guard let body = answer.body, body["object"]?.text == "invoice", let status = body["status"]?.text else {
        return .unreadable
      }
      return status == "draft" ? .absent : .found(reference: invoice)
    }
    guard let page = StripePage(answer) else { return .unreadable }
    switch self {
    case .meter(let metric, _, let inactive): return finding(of: metric, inactive: inactive, in: page)
    case .summary(let event, _): return Self.finding(of: event, in: page)
    case .invoiceItems(let id, let since, _):
      return Self.finding(of: id, in: page) { .invoiceItems(id, createdSince: since, after: $0) }
    case .invoices(let id, let since, _):
      return Self.finding(of: id, in: page) { .invoices(id, createdSince: since, after: $0) }
    case .customers(let id, let since, _):
      return Self.finding(of: id, in: page) { .customers(id, createdSince: since, after: $0) }
    case .subscriptionDraft(let subscription, let period, _):
      return Self.finding(of: subscription, period, in: page)
    case .invoice: return .unreadable
    }
  }

  /// The one that Stripe made by itself when the period ended: without a reference where it is no draft any more.
  private static func finding(of subscription: RemoteID, _ period: BillingPeriod, in page: StripePage) -> Finding {
    let end = String(period.end.start.wholeSeconds)
    let made = page.objects.first { invoice in
      invoice["billing_reason"]?.text == "subscription_cycle" && invoice["period_end"]?.digits == end
        && invoice["parent"]?["subscription_details"]?["subscription"]?.remoteID == subscription
    }
    guard let made else {
      return page.next.map { .next(.subscriptionDraft(of: subscription, period, after: $0)) } ?? .absent
    }
    guard let id = made.remoteID, let status = made["status"]?.text else { return .unreadable }
    return .found(reference: status == "draft" ? id : nil)
  }

  /// By our id in the metadata.
  private static func finding(of id: EntryID, in page: StripePage, next: (RemoteID) -> LookUp) -> Finding {
    let text = id.description
    if let object = page.objects.first(where: { $0["metadata"]?["entry_id"]?.text == text }) {
      guard let reference = object.remoteID else { return .unreadable }
      return .found(reference: reference)
    }
    return page.next.map { .next(next($0)) } ?? .absent
  }

  /// An active meter of the name; an archived one, which may have counted before, where there is no other.
  private func finding(of metric: MetricName, inactive: RemoteID?, in page: StripePage) -> Finding {
    let named = page.objects.filter { $0["event_name"]?.text == metric.text }
    if let active = named.first(where: { $0["status"]?.text == "active" }) {
      guard let meter = active.remoteID else { return .unreadable }
      return .found(reference: meter)
    }
    let inactive = inactive ?? named.first?.remoteID
    if let next = page.next { return .next(.meter(metric, after: next, inactive: inactive)) }
    return inactive.map { .found(reference: $0) } ?? .absent
  }

  /// The minute belongs to this event alone, so that what was counted in it is the event or nothing.
  private static func finding(of event: MeterEvent, in page: StripePage) -> Finding {
    guard page.next == nil else { return .undecided(.summaryUnreadable) }
    var counted = Quantity.zero
    for summary in page.objects {
      guard let value = summary["aggregated_value"]?.digits.flatMap({ Quantity($0) }) else {
        return .undecided(.summaryUnreadable)
      }
      counted += value
    }
    if counted == event.value { return .found(reference: nil) }
    return counted == .zero ? .absent : .undecided(.summaryDiffers)
  }
}
