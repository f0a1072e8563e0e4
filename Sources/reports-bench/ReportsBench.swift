import Billing
import Glibc
import JSON
import Ledger
import PostgreSQL

/// Reports without a process of their own for each, as a service would ask for them. For `scripts/bench reports`, with
/// the database of `DATABASE_URL`.
///
/// ```
/// reports-bench COMPANY YYYY-MM-DD COUNT    as of the day, each report so many times on one connection
/// ```
///
/// A line of JSON for each report: its name, and the microseconds that each answer took, its JSON included.
@main
struct ReportsBench {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    guard let url = getenv("DATABASE_URL").map({ String(cString: $0) }), words.count == 3,
      let company = CompanyID(words[0]), let day = CivilDate(words[1]), let count = Int(words[2]),
      let range = BillingPeriod(start: day.firstOfMonth, end: day.adding(days: 1))
    else { throw BenchError() }
    let connection = try Connection(DatabaseConfiguration(url: url))
    let usage = UsageReporter(connection)
    func ask(_ name: String, _ write: (inout JSONWriter) throws -> Void) throws {
      var times: [Int] = []
      for _ in 0..<count {
        let start = ContinuousClock.now
        var document = JSONWriter()
        try write(&document)
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        times.append(Int(seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
      }
      var line = JSONWriter(.compact)
      line.object {
        $0.field("name", name)
        $0.key("microseconds")
        $0.array { array in for time in times { array.number(time) } }
      }
      print(line.text)
    }
    try ask("usage") {
      try usage.report(UsageQuestion(company: company, span: .period(containing: day)), today: day).write(to: &$0)
    }
    try ask("usage --from --to") {
      try usage.report(UsageQuestion(company: company, span: .days(range)), today: day).write(to: &$0)
    }
    try ask("usage --unbilled") { try UnbilledReporter(connection).report(company, today: day).write(to: &$0) }
    try ask("analytics") { try AnalyticsReporter(connection).report(company, through: day).write(to: &$0) }
    try ask("revenue") { try RevenueReporter(connection).report(company, days: nil, today: day).write(to: &$0) }
  }
}

private struct BenchError: Error, CustomStringConvertible {
  let description = "DATABASE_URL, and COMPANY YYYY-MM-DD COUNT"
}
