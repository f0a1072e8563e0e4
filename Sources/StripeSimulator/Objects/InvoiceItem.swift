import JSON

/// `invoiceitem`: an amount that waits for an invoice, or stands on one.
struct InvoiceItem: StripeObject {
  static let name = "invoiceitem"
  static let url = "/v1/invoiceitems"

  let id: String
  /// The id of the invoice line that it becomes.
  let line: String
  let created: Int
  let isLive: Bool
  let customer: String
  let currency: String
  /// The subscription whose invoices alone may take it along; `nil` for any.
  let subscription: String?
  let isProration: Bool
  /// The price that the unit amount comes from; `nil` when it was given.
  var price: Price?
  var amount: Int
  var quantity: Decimal
  var unitAmount: Decimal
  var description: String?
  var period: TimeSpan
  var isDiscountable: Bool
  var metadata = Metadata()
  /// `nil` while it is pending.
  var invoice: String?

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.field("amount", amount)
    json.field("currency", currency)
    json.field("customer", customer)
    json.field("date", created)
    json.field("description", optional: description)
    json.field("discountable", isDiscountable)
    json.emptyArrays("discounts")
    json.field("invoice", optional: invoice)
    json.field("livemode", isLive)
    metadata.write(to: &json)
    json.field("net_amount", amount)
    json.key("parent")
    if let subscription {
      json.object {
        $0.object("subscription_details") {
          $0.field("subscription", subscription)
          $0.nulls("subscription_item")
        }
        $0.field("type", "subscription_details")
      }
    } else {
      json.null()
    }
    json.field("period", period)
    json.pricing(price, unitAmount)
    json.field("proration", isProration)
    json.field("quantity", quantity.truncated)
    json.field("quantity_decimal", quantity.description)
    json.emptyArrays("tax_rates")
    json.nulls("test_clock")
  }
}

extension JSONWriter {
  /// Of an invoice item or a line. Stripe makes up a price where none was given; here there is none then.
  mutating func pricing(_ price: Price?, _ unitAmount: Decimal) {
    object("pricing") {
      $0.key("price_details")
      if let price {
        $0.object {
          $0.field("price", price.id)
          $0.field("product", price.product)
        }
      } else {
        $0.null()
      }
      $0.field("type", "price_details")
      $0.field("unit_amount_decimal", unitAmount.description)
    }
  }
}
