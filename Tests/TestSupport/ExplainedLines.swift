import Invoicing
import PostgreSQL

/// Whether every line of every invoice adds up, as `invoices explain` proves it.
public enum ExplainedLines {
  /// - Returns: how many lines there are, and what does not add up: `line 17 (order): what: stated, computed`.
  public static func check(on connection: Connection) throws -> (lines: Int, disagreements: [String]) {
    let explainer = LineExplainer(connection)
    let numbers = try connection.query("SELECT line_no FROM billing.invoice_lines ORDER BY line_no")
      .map { try $0.decode(Int64.self, at: 0) }
    var disagreements: [String] = []
    for number in numbers {
      guard let explanation = try explainer.explain(number, limit: 0) else {
        disagreements.append("line \(number): is not found")
        continue
      }
      let subject = explanation.line.usage?.metric.text ?? explanation.line.kind
      disagreements += explanation.disagreements.map {
        "line \(number) (\(subject)): \($0.what): \($0.stated), \($0.computed)"
      }
    }
    return (numbers.count, disagreements)
  }
}
