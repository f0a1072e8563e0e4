import AMQP
import Billing
import Ledger
import Operations
import PostgreSQL

// What of the domain may stand in a log line. Nothing here holds text from a message.

extension CompanyID: Loggable {
  public var logText: String { text }
}

extension MetricName: Loggable {
  public var logText: String { text }
}

extension AMQPError: Loggable {
  public var logText: String { description }
}

extension PostgreSQLError: Loggable {
  /// What the database says of data that it refuses may quote that data; of those errors only the code and the names of
  /// our own tables and constraints are logged.
  public var logText: String {
    guard isDataRefused else { return description }
    return ["SQLSTATE \(sqlState ?? "unknown")", constraint.map { "constraint \($0)" }, table.map { "table \($0)" }]
      .compactMap(\.self).joined(separator: ", ")
  }
}

extension LedgerError: Loggable {
  public var logText: String {
    if case .database(let error) = self { return "database: \(error.logText)" }
    return description
  }
}

extension RelayError: Loggable {
  var logText: String {
    switch self {
    case .ledger(let error): error.logText
    case .broker(let error): error.logText
    case .unaccounted: "the broker's confirms do not match what was published"
    }
  }
}
