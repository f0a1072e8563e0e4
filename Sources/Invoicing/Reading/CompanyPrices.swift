import Billing
import Ledger
import PostgreSQL

/// What prices one company's periods, and what its metrics are.
struct CompanyPrices {
  let company: CompanyID
  let metrics: [MetricName: Metric]
  private let priced: PricedPeriods

  init(of company: CompanyID, on connection: Connection) throws(LedgerError) {
    self.company = company
    priced = try PricedPeriods(of: [company], on: connection)
    metrics = priced.metrics
  }

  func terms(_ periodStart: CivilDate) -> PricedPeriods.Terms? {
    priced.terms(of: company, periodStart: periodStart)
  }
}
