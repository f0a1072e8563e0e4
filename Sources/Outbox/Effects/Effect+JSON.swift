import Billing
import JSON

// How an effect is kept: an object of our own words, numbers and dates. Its kind stands in a column of its own.

extension Effect {
  /// The kept text.
  var document: String {
    var json = JSONWriter()
    json.object { json in
      switch self {
      case .meterEvent(let event):
        json.field("metric", event.metric.text)
        json.field("value", event.value.description)
        json.field("timestamp", event.timestamp.description)
        json.field(event.period)
      case .invoiceItem(let item):
        json.field("amount", number: String(item.minorUnits))
        json.field("currency", item.currency.code)
        json.field(item.line)
        if let invoice = item.invoice { json.field("invoice", number: invoice.description) }
      case .customer: break
      case .invoice(let invoice):
        json.field("invoice", number: invoice.number.description)
        json.field("currency", invoice.currency.code)
        json.field(invoice.period)
      case .adoptInvoice(let adoption):
        json.field("invoice", number: adoption.number.description)
        json.field(adoption.period)
      case .finalizeInvoice(let finalization):
        json.field("invoice", number: finalization.number.description)
      }
    }
    return json.text
  }
}

extension JSONWriter {
  fileprivate mutating func field(_ period: BillingPeriod) {
    field("periodStart", period.start.description)
    field("periodEnd", period.end.description)
  }

  fileprivate mutating func field(_ line: InvoiceLine) {
    field("line", line.word)
    switch line {
    case .usage(let metric, let quantity, let period), .late(let metric, let quantity, let period),
      .converted(let metric, let quantity, let period):
      field("metric", metric.text)
      field("quantity", quantity.description)
      field(period)
    case .baseFee(let period): field(period)
    case .charge(let kind, let number):
      field("chargeKind", kind.text)
      field("charge", number: String(number))
    }
  }
}

extension InvoiceLine {
  fileprivate var word: String {
    switch self {
    case .usage: "usage"
    case .late: "late"
    case .converted: "converted"
    case .baseFee: "base_fee"
    case .charge: "charge"
    }
  }
}
