import Ledger

/// What can be wrong between totals, lines, invoices and the outbox: stable names for programs.
public enum ChainLink: String, Sendable, CaseIterable {
  /// A total says that it stands on another number of lines than was charged for.
  case chargedLines = "charged_lines"
  /// Something was charged for a total that is not there.
  case chargeWithoutTotal = "charge_without_total"
  /// What was charged for a total names another number of lines, another quantity or amount than its lines have.
  case lineCount = "line_count"
  case chargedQuantity = "charged_quantity"
  case chargedAmount = "charged_amount"
  /// The charged quantity costs something else, at the period's rates.
  case chargedPrice = "charged_price"
  /// A total's lines are not numbered from 1 on.
  case lineNumbers = "line_numbers"
  /// A line belongs to a total for which nothing was charged.
  case lineWithoutCharge = "line_without_charge"
  /// A line's total is not the one before it and the line's own quantity.
  case lineTotal = "line_total"
  /// A line's amount is not what its total costs more than the one before it.
  case lineAmount = "line_amount"
  /// The records up to and with a line do not come to its total.
  case lineRecords = "line_records"
  /// A line stands although nothing prices its metric.
  case unpriced
  /// A base fee's line is not the plan's fee for its days.
  case baseFee = "base_fee"
  /// A charge's line is not the charge's amount, or there is no such charge.
  case chargeAmount = "charge_amount"
  /// The parts of an itemized line do not add up to it, or are missing.
  case partsQuantity = "parts_quantity"
  case partsAmount = "parts_amount"
  /// An invoice's total is not the sum of its lines.
  case invoiceTotal = "invoice_total"
  /// An invoice has no line.
  case invoiceEmpty = "invoice_empty"
  /// An invoice of a period, or what was charged at its close, although the period is open.
  case openPeriod = "open_period"
  /// A period is closed after which an earlier one is open.
  case closingOrder = "closing_order"
  /// Numbers of invoices have a gap, or others were given out than are there.
  case invoiceNumbers = "invoice_numbers"
  /// Stripe was told of another quantity than the meter events have, or owes for another amount than the items have.
  case reportedQuantity = "reported_quantity"
  case itemizedAmount = "itemized_amount"
  /// What was itemized of a metered total is not what it costs beside what the meter was told.
  case itemizedPrice = "itemized_price"
  /// A line names an entry that the outbox never had, or should name one.
  case missingEntry = "missing_entry"
  /// An entry has another amount or currency than its line.
  case entryAmount = "entry_amount"
  /// An invoice item is owed that stands on no line.
  case entryWithoutLine = "entry_without_line"

  func difference(stored: some CustomStringConvertible, expected: some CustomStringConvertible) -> BooksDifference {
    BooksDifference(rawValue, stored: stored.description, expected: expected.description)
  }
}
