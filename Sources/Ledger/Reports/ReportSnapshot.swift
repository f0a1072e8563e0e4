import Billing
import PostgreSQL

extension Connection {
  /// Reads what a report is made of as of one moment, and makes it when the transaction is over.
  ///
  /// - Parameters:
  ///   - company: whom the report is of.
  ///   - read: `nil` when there is no such company.
  func report<Facts, Report>(
    of company: CompanyID, _ read: () throws(LedgerError) -> Facts?, _ make: (Facts) throws(MoneyError) -> Report
  ) throws(UsageReportError) -> Report {
    let facts: Facts?
    do {
      facts = try inTransaction(self, begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", read)
    } catch {
      throw .ledger(error)
    }
    guard let facts else { throw .unknownCompany(company) }
    do {
      return try make(facts)
    } catch {
      throw .price(error)
    }
  }
}
