import Billing
import Invoicing
import JSON

/// What a line is made of, step by step.
struct ExplanationView: Presentable {
  let explanation: LineExplanation

  private var line: InvoiceLineRecord { explanation.line }
  private var invoice: InvoiceRecord { explanation.invoice }

  var text: String {
    let words = InvoiceLineWords(line)
    var text = "Line \(line.number) of invoice \(invoice.number): \(words.what), "
    text += "\(PriceWords.grouped(line.amount)) \(invoice.currency)\n\(invoice.customer), "
    text += "billing period \(PriceWords.days(line.period))\n\n"
    var table = Table([.text("Step"), .number("Figure")])
    for step in steps { table.add([step.what, step.figure]) }
    text += table.text
    if let usage = explanation.usage { text += self.text(of: usage) }
    return text + "\n" + verdict
  }

  private typealias Step = (what: String, figure: String)

  private var steps: [Step] {
    var steps: [Step] =
      switch explanation.basis {
      case .baseFee(let fee):
        [
          ("the plan's fee for \(fee.ofDays) days", fee.whole.map { PriceWords.grouped($0) } ?? "unknown"),
          ("days that are billed", "\(fee.days)"),
        ]
      case .charge(let charge):
        charge.map {
          [
            ("charge \($0.number), \($0.kind)", PriceWords.grouped($0.amount)),
            ("made at", $0.occurredAt.description), ("recorded at", $0.recordedAt.description),
          ]
        } ?? [("the charge", "is not there")]
      case .usage(let usage): line.usage.map { self.steps(of: usage, $0) } ?? []
      }
    steps.append(("computed anew", explanation.computed.map { PriceWords.grouped($0) } ?? "cannot be priced"))
    steps.append(("on the line", PriceWords.grouped(line.amount)))
    return steps
  }

  private func steps(of usage: LineExplanation.Usage, _ stated: InvoiceLineRecord.Usage) -> [Step] {
    var steps: [Step] = []
    if usage.isArchived {
      steps.append(("usage records of this line", "archived"))
    } else {
      steps.append(("usage records of this line", PriceWords.grouped(usage.usageRecords)))
      if usage.voids > 0 { steps.append(("records taken back on this line", PriceWords.grouped(usage.voids))) }
      if usage.aggregation == .sum || usage.aggregation == .count {
        steps.append(("they add up to", PriceWords.grouped(usage.recordedQuantity)))
      }
    }
    steps.append(("quantity of the line", PriceWords.grouped(stated.quantity)))
    if let former = usage.former.last {
      steps.append(("total on former lines (\(usage.former.count))", PriceWords.grouped(former.totalQuantity)))
    }
    steps.append(("total up to and with this line", PriceWords.grouped(stated.totalQuantity)))
    if let total = usage.computedTotal {
      let how = usage.aggregation.map { " (\($0.rawValue))" } ?? ""
      steps.append(("the same, from all its records\(how)", PriceWords.grouped(total)))
    }
    if let pricing = stated.rate?.pricing, let priced = usage.priced {
      if pricing.included > .zero {
        steps.append(("included in the period", PriceWords.grouped(pricing.included)))
        steps.append(("to be paid for", PriceWords.grouped(priced.billable)))
      }
      steps.append(("price of the total: \(PriceWords.terms(pricing))", PriceWords.grouped(priced.amount)))
    }
    if !usage.former.isEmpty {
      steps.append(("less what former lines come to", PriceWords.grouped(usage.formerAmount)))
    }
    if !line.parts.isEmpty { steps.append(("parts by subject", "\(line.parts.count)")) }
    return steps
  }

  private func text(of usage: LineExplanation.Usage) -> String {
    var text = ""
    if !usage.former.isEmpty {
      var table = Table([
        .number("Former line"), .number("Invoice"), .number("Quantity"), .number("Total"), .number("Amount"),
      ])
      for former in usage.former {
        table.add([
          "\(former.number)", former.invoice.description, PriceWords.grouped(former.quantity),
          PriceWords.grouped(former.totalQuantity), PriceWords.grouped(former.amount),
        ])
      }
      text += "\n\(table.text)"
    }
    if !usage.deciding.isEmpty { text += "\nDecided by:\n\(Self.table(usage.deciding))" }
    if usage.isArchived {
      text += "\nThe records are archived: they are no longer in the database.\n"
    } else if !usage.records.isEmpty {
      let all = usage.usageRecords + usage.voids
      let last = Int64(usage.skipped + usage.records.count)
      text += "\nRecords \(usage.skipped + 1) to \(last) of \(all):\n\(Self.table(usage.records))"
    }
    return text
  }

  private static func table(_ records: [LineExplanation.LineRecord]) -> String {
    var table = Table([
      .text("Usage id"), .text("Timestamp"), .number("Quantity"), .number("Counted"), .text("Note"),
    ])
    for record in records {
      table.add([
        record.usageID.text, record.timestamp.description, record.quantity.description, record.counted.description,
        record.isVoid ? "takes back" : record.isVoided ? "taken back" : "",
      ])
    }
    return table.text
  }

  private var verdict: String {
    guard !explanation.addsUp else { return "It adds up.\n" }
    var table = Table([.text("Does not add up"), .number("On the line"), .number("Computed")])
    for each in explanation.disagreements { table.add([each.what, each.stated, each.computed]) }
    return table.text
  }
}
