import Billing
import Invoicing

/// What a line says, in the cells of a table.
struct InvoiceLineWords {
  let what: String
  let quantity: String
  let unit: String
  let price: String

  init(_ line: InvoiceLineRecord) {
    switch line.content {
    case .baseFee(let days, let whole):
      what = "base fee"
      quantity = "\(days)"
      unit = days == line.period.days ? "days" : "of \(line.period.days) days"
      price = whole.map { "\(PriceWords.grouped($0)) a period" } ?? ""
    case .usage(let usage):
      what = usage.isLate ? "\(usage.metric), late for \(PriceWords.days(line.period))" : usage.metric.text
      quantity = PriceWords.grouped(usage.quantity)
      unit = usage.unit ?? ""
      price = usage.rate.map { PriceWords.terms($0.pricing) } ?? "unrated"
    case .charge(let number, let kind):
      what = "\(kind?.text ?? "charge"), charge \(number)"
      quantity = ""
      unit = ""
      price = ""
    }
  }
}

extension InvoiceRecord {
  /// `Radiology North (comp-123)`.
  var customer: String { displayName.map { "\(Table.printable($0)) (\(company))" } ?? company.text }

  var title: String {
    switch kind {
    case .period: "Invoice \(number)"
    case .oneOff: "Invoice \(number), one-off charges"
    case .setupFee: "Invoice \(number), setup fee"
    case .orders: "Invoice \(number), orders billed ahead"
    }
  }
}
