import Billing
import JSON
import Outbox
import Stripe
import Workers

/// What `reconcile` found, as tables or a document.
struct ReconciliationView: Presentable {
  let report: Reconciliation.Report
  let showsAll: Bool

  var text: String {
    let scope =
      "\(report.companies) companies, \(report.balances.count) totals, \(report.items) invoice items, "
      + "\(report.invoices) invoices"
    guard !report.discrepancies.isEmpty else {
      return (showsAll ? Self.table(report.balances) + "\n" : "") + "no difference: \(scope)\n"
    }
    let balances = showsAll ? report.balances : report.discrepancies.compactMap(\.balance)
    var text = balances.isEmpty ? "" : Self.table(balances) + Self.notes(balances) + "\n"
    let others = report.discrepancies.filter { $0.balance == nil }
    if !others.isEmpty {
      var table = Table([
        .text("Company"), .text("Finding"), .text("Of"), .text("Period"), .text("Entry"), .number("Ours"),
        .number("At Stripe"), .text("Stripe's name"),
      ])
      for other in others { table.add(other.cells) }
      text += table.text + "\n"
    }
    return text + "\(report.discrepancies.count) differences: \(scope)\n"
  }

  private static func table(_ balances: [MeterBalance]) -> String {
    var table = Table([
      .text("Company"), .text("Metric"), .text("Period"), .number("Total"), .number("Not reported"),
      .number("By items"), .number("Waiting"), .number("Should be"), .number("At Stripe"), .number("Difference"),
    ])
    for balance in balances {
      table.add([
        balance.company.text, balance.metric.text, balance.period.description, balance.total.description,
        balance.notReported.description, balance.itemized.description, balance.waiting.description,
        (balance.atStripe + balance.difference).description, balance.atStripe.description,
        balance.difference.description,
      ])
    }
    return table.text
  }

  private static func notes(_ balances: [MeterBalance]) -> String {
    balances.filter { $0.difference != .zero }.map { balance in
      let place = "\(balance.company), \(balance.metric), \(balance.period)"
      var notes = ""
      if balance.discarded != .zero { notes += "\(place): \(balance.discarded) was discarded; see: outbox list\n" }
      if balance.justDelivered != .zero {
        notes += "\(place): \(balance.justDelivered) was delivered in the last ten minutes; Stripe's summaries lag\n"
      }
      return notes
    }.joined()
  }

  func encode(into json: inout JSONWriter) {
    json.object {
      $0.field("agrees", report.discrepancies.isEmpty)
      $0.field("companies", report.companies)
      $0.field("totals", report.balances.count)
      $0.field("items", report.items)
      $0.field("invoices", report.invoices)
      $0.key("differences")
      $0.array { array in for difference in report.discrepancies { difference.encode(into: &array) } }
      if showsAll {
        $0.key("balances")
        $0.array { array in
          for balance in report.balances {
            array.object { json in
              json.field("companyId", balance.company.text)
              balance.encodeMembers(into: &json)
            }
          }
        }
      }
    }
  }
}

extension MeterBalance {
  fileprivate func encodeMembers(into json: inout JSONWriter) {
    json.field("metric", metric.text)
    json.field("periodStart", period.start.description)
    json.field("periodEnd", period.end.description)
    json.field("total", total.description)
    json.field("notReported", notReported.description)
    json.field("itemized", itemized.description)
    json.field("waiting", waiting.description)
    json.field("atStripe", atStripe.description)
    json.field("difference", difference.description)
    json.field("discarded", discarded.description)
    json.field("justDelivered", justDelivered.description)
  }
}

extension Discrepancy {
  fileprivate var balance: MeterBalance? {
    if case .meter(let balance) = self { return balance }
    return nil
  }

  private var word: String {
    switch self {
    case .meter: "meter"
    case .itemMissing: "item_missing"
    case .itemUnknown: "item_unknown"
    case .itemTwice: "item_twice"
    case .itemAmount: "item_amount"
    case .invoiceMissing: "invoice_missing"
    case .invoiceTotal: "invoice_total"
    case .lineElsewhere: "line_elsewhere"
    case .unreadable: "unreadable"
    }
  }

  private var entry: EntryID? {
    switch self {
    case .itemMissing(_, let id, _), .itemUnknown(_, _, let id), .itemTwice(_, let id, _), .itemAmount(_, let id, _, _),
      .lineElsewhere(_, _, let id, _):
      id
    case .meter, .invoiceMissing, .invoiceTotal, .unreadable: nil
    }
  }

  private var ours: InvoiceItem? {
    switch self {
    case .itemMissing(_, _, let item), .itemAmount(_, _, let item, _): item
    default: nil
    }
  }

  private var listed: ListedInvoiceItem? {
    switch self {
    case .itemUnknown(_, let item, _), .itemAmount(_, _, _, let item), .lineElsewhere(_, _, _, let item): item
    default: nil
    }
  }

  private var invoice: BookedInvoice? {
    switch self {
    case .invoiceMissing(_, let invoice), .invoiceTotal(_, let invoice, _), .lineElsewhere(_, let invoice, _, _):
      invoice
    default: nil
    }
  }

  private var invoiceThere: ListedInvoice? {
    if case .invoiceTotal(_, _, let listed) = self { return listed }
    return nil
  }

  /// Stripe's names.
  private var names: [String] {
    if case .itemTwice(_, _, let ids) = self { return ids.map(\.text) }
    return (listed?.id ?? invoiceThere?.id).map { [$0.text] } ?? []
  }

  private var refusal: StripeRefusal? {
    if case .unreadable(_, let refusal) = self { return refusal }
    return nil
  }

  fileprivate var cells: [String?] {
    let place = names.isEmpty ? refusal?.description : names.joined(separator: " ")
    return [
      company.text, word, ours?.line.metric?.text ?? invoice.map { "invoice \($0.number)" },
      (ours?.line.period ?? invoice?.period)?.description ?? listed?.periodStart?.description, entry?.description,
      (ours?.amount ?? invoice?.total).map { "\($0) \($0.currency)" },
      (listed?.amount ?? invoiceThere?.amount).map { "\($0) \($0.currency)" }, place,
    ]
  }

  fileprivate func encode(into json: inout JSONWriter) {
    json.object {
      $0.field("finding", word)
      $0.field("companyId", company.text)
      if let balance { balance.encodeMembers(into: &$0) }
      if let entry { $0.field("entryId", entry.description) }
      if let ours {
        if let metric = ours.line.metric { $0.field("metric", metric.text) }
        if let period = ours.line.period {
          $0.field("periodStart", period.start.description)
          $0.field("periodEnd", period.end.description)
        }
        $0.field("amount", ours.amount.description)
        $0.field("currency", ours.currency.code)
      }
      if let invoice {
        $0.field("invoice", number: invoice.number.description)
        $0.field("periodStart", invoice.period.start.description)
        $0.field("periodEnd", invoice.period.end.description)
        $0.field("amount", invoice.total.description)
        $0.field("currency", invoice.total.currency.code)
      }
      if let there = invoiceThere {
        $0.field("amountAtStripe", there.amount.description)
        $0.field("currencyAtStripe", there.currency.code)
      }
      if let listed {
        $0.field("amountAtStripe", listed.amount.description)
        $0.field("currencyAtStripe", listed.currency.code)
      }
      if !names.isEmpty {
        $0.key("references")
        $0.array { array in for name in names { array.string(name) } }
      }
      if let refusal {
        $0.field("endpoint", refusal.endpoint.rawValue)
        $0.field("problem", refusal.problem.code)
        if let status = refusal.status { $0.field("answerStatus", status) }
        $0.field("requestId", optional: refusal.requestID?.text)
      }
    }
  }
}

extension ListedInvoiceItem {
  fileprivate var amount: Amount { Amount(minorUnits: Int128(minorUnits), currency: currency) }
}

extension ListedInvoice {
  fileprivate var amount: Amount { Amount(minorUnits: Int128(total), currency: currency) }
}
