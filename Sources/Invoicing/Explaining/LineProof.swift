import Billing

/// Compares what stands on a line with what was computed anew.
struct LineProof {
  private(set) var disagreements: [LineExplanation.Disagreement] = []

  init() {}

  /// Of a total's line: records to total, total to price, price to line, parts to line.
  init(
    _ line: InvoiceLineRecord, _ stated: InvoiceLineRecord.Usage, _ usage: LineExplanation.Usage, _ computed: Amount?
  ) {
    if usage.former.count != stated.totalLine - 1 {
      note("the total's lines before this one", "\(stated.totalLine - 1)", "\(usage.former.count)")
    }
    let before = usage.former.last?.totalQuantity ?? .zero
    if before + stated.quantity != stated.totalQuantity {
      note("the total up to this line", stated.totalQuantity.description, (before + stated.quantity).description)
    }
    if !usage.isArchived {
      if usage.computedTotal != stated.totalQuantity {
        note(
          "what the records up to and with this line come to", stated.totalQuantity.description,
          usage.computedTotal?.description ?? "nothing")
      }
      if usage.aggregation == .sum || usage.aggregation == .count, usage.recordedQuantity != stated.quantity {
        note("what this line's own records add up to", stated.quantity.description, usage.recordedQuantity.description)
      }
    }
    compare("the price of the total less what former lines charged", line.amount, computed)
    compareParts(line, stated)
  }

  mutating func compare(_ what: String, _ stated: Amount, _ computed: Amount?) {
    guard stated != computed else { return }
    note(
      what, "\(stated) \(stated.currency)", computed.map { "\($0) \($0.currency)" } ?? "cannot be priced")
  }

  private mutating func compareParts(_ line: InvoiceLineRecord, _ stated: InvoiceLineRecord.Usage) {
    guard !line.parts.isEmpty else { return }
    let quantity = line.parts.reduce(Quantity.zero) { $0 + $1.quantity }
    if quantity != stated.quantity {
      note("the quantities of the parts", stated.quantity.description, quantity.description)
    }
    compare(
      "the amounts of the parts", line.amount, try? Amount.sum(line.parts.map(\.amount), currency: line.amount.currency)
    )
  }

  private mutating func note(_ what: String, _ stated: String, _ computed: String) {
    disagreements.append(LineExplanation.Disagreement(what: what, stated: stated, computed: computed))
  }
}
