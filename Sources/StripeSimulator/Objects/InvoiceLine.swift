import JSON

/// `line_item`: a line of an invoice.
struct InvoiceLine: StripeObject {
  static let name = "line_item"
  static let url = "/v1/invoices"

  enum Parent: Sendable {
    case invoiceItem(String, subscription: String?, isProration: Bool)
    case subscriptionItem(String, subscription: String)
  }

  let id: String
  let created: Int
  let isLive: Bool
  let invoice: String
  let parent: Parent
  let price: Price?
  let quantity: Decimal
  let unitAmount: Decimal
  let amount: Int
  let currency: String
  let description: String?
  /// The end of a period is the start of the next.
  let period: TimeSpan
  let isDiscountable: Bool
  let metadata: Metadata

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.field("amount", amount)
    json.field("currency", currency)
    json.field("description", optional: description)
    json.emptyArrays("discount_amounts")
    json.field("discountable", isDiscountable)
    json.emptyArrays("discounts")
    json.field("invoice", invoice)
    json.field("livemode", isLive)
    metadata.write(to: &json)
    json.object("parent") { parent.write(to: &$0) }
    json.field("period", period)
    json.emptyArrays("pretax_credit_amounts")
    json.pricing(price, unitAmount)
    json.field("quantity", quantity.truncated)
    json.field("quantity_decimal", quantity.description)
    json.field("subtotal", amount)
    json.emptyArrays("taxes")
  }
}

extension InvoiceLine.Parent {
  fileprivate func write(to json: inout JSONWriter) {
    switch self {
    case .invoiceItem(let item, let subscription, let isProration):
      json.object("invoice_item_details") {
        $0.field("invoice_item", item)
        $0.field("proration", isProration)
        $0.nulls("proration_details")
        $0.field("subscription", optional: subscription)
      }
      json.nulls("subscription_item_details")
      json.field("type", "invoice_item_details")
    case .subscriptionItem(let item, let subscription):
      json.nulls("invoice_item_details")
      json.object("subscription_item_details") {
        $0.nulls("invoice_item")
        $0.field("proration", false)
        $0.nulls("proration_details")
        $0.field("subscription", subscription)
        $0.field("subscription_item", item)
      }
      json.field("type", "subscription_item_details")
    }
  }
}
