import Billing
import Invoicing
import JSON

// The documents of `invoices`. Quantities and amounts are strings, so that no reader takes them for binary floating point.

extension InvoiceRecord {
  func writeFields(to json: inout JSONWriter) {
    json.field("number", Int(number.value))
    json.field("companyId", company.text)
    json.field("name", optional: displayName)
    json.field("type", kind.rawValue)
    json.field("state", state.rawValue)
    json.field("route", route.word)
    json.field("plan", optional: plan?.text)
    json.field("currency", currency.code)
    json.field("periodStart", period.start.description)
    json.field("periodEnd", period.end.description)
    json.field("createdAt", createdAt.description)
    json.field("finalizedAt", optional: finalizedAt?.description)
    json.field("stripeInvoice", optional: stripeReference)
    json.field("total", total.description)
  }
}

extension InvoiceRecord.Route {
  fileprivate var word: String {
    switch self {
    case .subscription: "subscription"
    case .created: "created"
    case .unsent: "none"
    }
  }
}

extension InvoiceLineRecord {
  func writeFields(to json: inout JSONWriter) {
    json.field("line", Int(number))
    json.field("kind", kind)
    json.field("periodStart", period.start.description)
    json.field("periodEnd", period.end.description)
    switch content {
    case .baseFee(let days, let whole):
      json.field("days", days)
      json.field("wholeFee", optional: whole?.description)
    case .charge(let number, let kind):
      json.field("charge", Int(number))
      json.field("chargeKind", optional: kind?.text)
    case .usage(let usage):
      json.field("metric", usage.metric.text)
      json.field("unit", optional: usage.unit)
      json.field("quantity", usage.quantity.description)
      json.field("totalQuantity", usage.totalQuantity.description)
      json.field("totalLine", usage.totalLine)
      json.field("included", optional: usage.rate?.pricing.included.description)
      json.field("price", optional: usage.rate.map { PriceWords.terms($0.pricing) })
    }
    json.field("amount", amount.description)
    json.field("stripe", routeWord)
    json.field("entryId", optional: entry)
    guard !parts.isEmpty else { return }
    json.key("parts")
    json.array { array in
      for part in parts {
        array.object {
          $0.field("subject", part.place)
          $0.field("events", Int(part.events))
          $0.field("quantity", part.quantity.description)
          $0.field("amount", part.amount.description)
        }
      }
    }
  }

  private var routeWord: String {
    switch route {
    case "m": "meter"
    case "s": "subscription"
    case "i": "invoice_item"
    default: "none"
    }
  }
}
