import Billing
import Ledger

extension BooksDifference {
  mutating func place(at key: ChainBooks.Key) {
    metric = key.metric
    periodStart = key.periodStart
  }

  mutating func place(at line: ChainBooks.Line) {
    metric = line.usage?.key.metric
    periodStart = line.period.start
    invoice = line.invoice
    self.line = line.number
    charge = line.chargeNumber
  }

  mutating func place(at invoice: ChainBooks.Invoice) {
    periodStart = invoice.period.start
    self.invoice = invoice.number
  }
}

/// Minor units as people read them, where their currency is known.
struct Money: CustomStringConvertible {
  let description: String

  init(_ minorUnits: Int128?, _ currency: Currency?) {
    guard let minorUnits else {
      description = "more than an amount can hold"
      return
    }
    description =
      currency.map { Amount(minorUnits: minorUnits, currency: $0).description } ?? "\(minorUnits) minor units"
  }
}

extension ChainBooks.Line {
  /// Of a line whose currency nobody can tell.
  func money(_ minorUnits: Int128) -> Money { Money(minorUnits, nil) }
}
