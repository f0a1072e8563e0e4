import JSON

extension Subscription {
  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.nulls("application", "application_fee_percent")
    json.object("automatic_tax") {
      $0.nulls("disabled_reason")
      $0.field("enabled", false)
      $0.nulls("liability")
    }
    json.field("billing_cycle_anchor", cycle.anchor)
    json.key("billing_cycle_anchor_config")
    if let anchorConfig { json.object { anchorConfig.write(to: &$0) } } else { json.null() }
    json.object("billing_mode") {
      $0.object("flexible") { $0.field("proration_discounts", "included") }
      $0.field("type", "flexible")
    }
    json.nulls("billing_thresholds", "cancel_at")
    json.field("cancel_at_period_end", cancelAtPeriodEnd)
    json.field("canceled_at", optional: canceledAt)
    json.object("cancellation_details") {
      $0.nulls("comment", "feedback")
      $0.field("reason", optional: canceledAt == nil ? nil : "cancellation_requested")
    }
    json.field("collection_method", collectionMethod.name)
    json.field("created", created)
    json.field("currency", currency)
    json.field("customer", customer)
    json.field("days_until_due", optional: collectionMethod.daysUntilDue)
    json.nulls("default_payment_method", "default_source")
    json.emptyArrays("default_tax_rates")
    json.field("description", optional: description)
    json.emptyArrays("discounts")
    json.field("ended_at", optional: endedAt)
    json.list("items", of: itemViews, url: "\(SubscriptionItem.url)?subscription=\(id)")
    json.field("latest_invoice", optional: latestInvoice)
    json.field("livemode", isLive)
    metadata.write(to: &json)
    json.nulls(
      "next_pending_invoice_item_invoice", "on_behalf_of", "pause_collection", "pending_invoice_item_interval",
      "pending_setup_intent", "pending_update", "schedule")
    json.field("start_date", startDate)
    json.field("status", status.rawValue)
    json.nulls("test_clock", "transfer_data", "trial_end", "trial_start")
  }

  var itemViews: [SubscriptionItemView] { items.map { SubscriptionItemView(item: $0, period: period) } }
}

/// An item with the period of its subscription.
struct SubscriptionItemView: StripeObject {
  static let name = SubscriptionItem.name
  static let url = SubscriptionItem.url

  let item: SubscriptionItem
  let period: TimeSpan

  var id: String { item.id }
  var created: Int { item.created }

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", item.id)
    json.field("object", Self.name)
    json.nulls("billing_thresholds")
    json.field("created", item.created)
    json.field("current_period_end", period.end)
    json.field("current_period_start", period.start)
    json.emptyArrays("discounts")
    item.metadata.write(to: &json)
    json.object("price") { item.price.writeMembers(to: &$0) }
    if let quantity = item.quantity { json.field("quantity", quantity) }
    json.field("subscription", item.subscription)
    json.emptyArrays("tax_rates")
  }
}

extension AnchorConfig {
  fileprivate func write(to json: inout JSONWriter) {
    json.field("day_of_month", dayOfMonth)
    json.field("hour", optional: hour)
    json.field("minute", optional: minute)
    json.field("month", optional: month)
    json.field("second", optional: second)
  }
}
