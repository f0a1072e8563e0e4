import Billing
import PostgreSQL

/// Values that are more than a column, or more than their column's type says.
extension Row {
  /// A whole number of a currency's minor unit, in a numeric column.
  public func minorUnits(at column: Int) throws(PostgreSQLError) -> Int128 {
    let number = try decode(Numeric.self, at: column).normalized
    guard number.scale == 0 else { throw PostgreSQLError(.decoding, "a stored value is not an amount") }
    return number.unscaled
  }

  /// Of two columns: the first day, and the day after the last.
  public func period(at column: Int) throws(PostgreSQLError) -> BillingPeriod {
    guard let period = BillingPeriod(start: try decode(at: column), end: try decode(at: column + 1)) else {
      throw PostgreSQLError(.decoding, "a stored billing period ends before it begins")
    }
    return period
  }

  public func invoiceNumber(at column: Int) throws(PostgreSQLError) -> InvoiceNumber {
    guard let number = InvoiceNumber(try decode(at: column)) else {
      throw PostgreSQLError(.decoding, "a stored value is not an invoice's number")
    }
    return number
  }

  public func currency(at column: Int) throws(PostgreSQLError) -> Currency {
    guard let currency = Currency(try decode(at: column)) else {
      throw PostgreSQLError(.decoding, "a stored value is not a currency")
    }
    return currency
  }
}
