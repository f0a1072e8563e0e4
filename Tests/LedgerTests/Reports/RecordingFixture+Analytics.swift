import Billing
import Ledger
import Testing

extension RecordingFixture {
  func analytics(_ company: String, _ day: String) throws -> AnalyticsReport {
    try AnalyticsReporter(connection).report(#require(CompanyID(company)), through: #require(CivilDate(day)))
  }
}

extension AnalyticsReport {
  func line(_ metric: String) throws -> Line { try #require(lines.first { $0.metric.text == metric }) }

  /// A metric's quantities, so far, compared and former; then the trend.
  func figures(_ metric: String) throws -> [String] {
    let line = try line(metric)
    return [line.soFar, line.compared, line.former].map(\.quantity.description) + [line.trend.description]
  }
}
