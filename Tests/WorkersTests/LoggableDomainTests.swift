import Billing
import Ledger
import Operations
import PostgreSQL
import Testing

@testable import Workers

@Suite struct LoggableDomainTests {
  @Test(
    "what the database says of data that it refuses is not logged, only the code and our own names",
    arguments: ["22P02", "22003", "23505", "23514"])
  func refusedData(state: String) {
    let error = PostgreSQLError(
      .server, "value \"Jane Doe\" is wrong", sqlState: state, constraint: "some_key", table: "usage_records")
    for text in [error.logText, LedgerError.database(error).logText] {
      #expect(!text.contains("Jane"))
      #expect(text.contains(state))
      #expect(text.contains("some_key"))
      #expect(text.contains("usage_records"))
    }
  }

  @Test("other errors of the database are logged with their message")
  func otherErrors() {
    let error = PostgreSQLError(.server, "deadlock detected", sqlState: "40P01")
    #expect(LedgerError.database(error).logText.contains("deadlock detected"))
  }

  @Test("identifiers that are checked types may be logged, usage ids may not")
  func identifiers() {
    #expect(CompanyID("comp-1")?.logText == "comp-1")
    #expect(MetricName("order")?.logText == "order")
    let id: Any = UsageID(trusted: "jane@example.org")
    #expect(!(id is any Loggable))
  }
}
