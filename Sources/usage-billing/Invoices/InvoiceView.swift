import Billing
import Invoicing
import JSON

/// An invoice as a person reads it, a document, or rows of its lines.
struct InvoiceView: Tabular {
  let invoice: InvoiceRecord
  let lines: [InvoiceLineRecord]
  /// Whether people see the parts of itemized lines; documents always hold them.
  let showsParts: Bool

  private typealias Sum = (name: String, amount: Amount)

  /// What the lines of each sort come to, where there are several sorts.
  private var subtotals: [Sum] {
    let sorts = [("Base fee", "base_fee"), ("Usage", "usage"), ("Late usage", "late"), ("Charges", "charge")]
    let sums = sorts.compactMap { (name, kind) -> Sum? in
      let amounts = lines.filter { $0.kind == kind }.map(\.amount)
      guard !amounts.isEmpty, let sum = try? Amount.sum(amounts, currency: invoice.currency) else { return nil }
      return (name, sum)
    }
    return sums.count > 1 ? sums : []
  }

  var text: String {
    var table = Table([
      .number("Line"), .text("What"), .number("Quantity"), .text("Unit"), .text("Price"),
      .number("Amount (\(invoice.currency))"),
    ])
    for line in lines {
      let words = InvoiceLineWords(line)
      table.add([
        "\(line.number)", words.what, words.quantity, words.unit, words.price, PriceWords.grouped(line.amount),
      ])
      guard showsParts else { continue }
      for part in line.parts {
        table.add([
          "", "  subject \(part.place), \(part.events) records", PriceWords.grouped(part.quantity), "", "",
          PriceWords.grouped(part.amount),
        ])
      }
    }
    let total = PriceWords.grouped(invoice.total)
    table.add(["", "", "", "", "", String(repeating: "-", count: total.count)])
    for sum in subtotals { table.add(["", sum.name, "", "", "", PriceWords.grouped(sum.amount)]) }
    table.add(["", "Total", "", "", "", total])
    return head + "\n" + table.text
  }

  private var head: String {
    var text = "\(invoice.title)\n\(invoice.customer)\n"
    text += "Billing period \(PriceWords.days(invoice.period))\(invoice.plan.map { ", plan \($0)" } ?? "")\n"
    text += "State \(invoice.state.rawValue), made \(invoice.createdAt.date)"
    if let finalized = invoice.finalizedAt { text += ", final \(finalized.date)" }
    switch invoice.route {
    case .unsent: text += ", not told to Stripe"
    case .subscription, .created:
      text += invoice.stripeReference.map { ", at Stripe \($0)" } ?? ", on its way to Stripe"
    }
    return text + "\n"
  }

  func encode(into json: inout JSONWriter) {
    json.object {
      invoice.writeFields(to: &$0)
      $0.key("lines")
      $0.array { array in for line in lines { array.object { line.writeFields(to: &$0) } } }
    }
  }

  var csv: CSV {
    var csv = CSV([
      "invoice", "line", "kind", "period_start", "period_end", "metric", "unit", "quantity", "charge", "charge_kind",
      "days", "amount", "currency",
    ])
    for line in lines {
      csv.add([
        .plain(invoice.number.description), .number(line.number), .plain(line.kind),
        .plain(line.period.start.description), .plain(line.period.end.description), .plain(line.usage?.metric.text),
        .text(line.usage?.unit),
        .plain(line.usage?.quantity.description), .plain(line.charge.map { "\($0.number)" }),
        .plain(line.charge?.kind?.text), .plain(line.days.map { "\($0)" }), .plain(line.amount.description),
        .plain(invoice.currency.code),
      ])
    }
    return csv
  }
}

extension InvoiceLineRecord {
  var charge: (number: Int64, kind: ChargeKind?)? {
    if case .charge(let number, let kind) = content { return (number, kind) }
    return nil
  }

  var days: Int? {
    if case .baseFee(let days, _) = content { return days }
    return nil
  }
}
