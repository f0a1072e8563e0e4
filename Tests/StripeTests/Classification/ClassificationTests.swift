import HTTP
import Outbox
import Testing

@testable import Stripe

@Suite("What Stripe's answers mean")
struct ClassificationTests {
  @Test("Every answer has its one meaning", arguments: ClassificationTable.all)
  func everyRow(_ row: ClassificationRow) {
    #expect(classify(row.endpoint, row.result) == row.verdict)
  }

  @Test("The table has at least 60 rows, none twice")
  func size() {
    #expect(ClassificationTable.all.count >= 60)
    #expect(Set(ClassificationTable.all.map(\.description)).count == ClassificationTable.all.count)
  }

  @Test("No status without an error object of Stripe's ever kills an entry", arguments: StripeEndpoint.allCases)
  func onlyStripeKills(_ endpoint: StripeEndpoint) {
    for status in 300..<600 {
      for body in ["", "<html>Bad gateway</html>", "{}", #"{"error": "text"}"#, "[1]", "\u{0}"] {
        guard case .retry = verdict(endpoint, StripeAnswer(status, body)) else {
          Issue.record("\(status) \(body) is not simply tried again")
          return
        }
      }
    }
  }
}
