import Billing
import Operations
import Workers

/// The options of `publish`.
enum PublishArguments {
  private static let exampleMonth = "2025-01-01"

  static let usage = Usage(
    options: [
      .value("messages", "N", "all together, good and bad; 10000 if left out"),
      .value("companies", "N", "comp-00001 to comp-N; 100 if left out"),
      .value("company", "ID", "only this company"),
      .value("largest-share", "PERCENT", "how much comp-00001 has; the others share the rest"),
      .value("metrics", "A,B,C", "order,invoice,storage,api_call,ai_job if left out"),
      .value("quantity", "Q", "of each message; if left out 1, and 1 to 45 for storage"),
      .value("users", "N", "name one of N users and subscriptions in each message"),
      .value("subjects", "N", "name one of N subjects in each message"),
      .value("duplicates", "PERCENT", "exact repeats of earlier messages"),
      .value("cross-month-duplicates", "PERCENT", "repeats with a timestamp on the other side of a month's boundary"),
      .value("bad", "PERCENT", "messages that break a rule, of \(BadLoad.kinds.count) kinds in turn"),
      .value("seed", "S", "another seed makes other messages; 1 if left out"),
      .value("from", "INSTANT", "timestamps from here on; 30 days ago if left out"),
      .value("to", "INSTANT", "and before here; now if left out"),
      .value("month", "YYYY-MM", "timestamps in this month, none ahead of now"),
      .value("example-month", "COMPANY", "the worked example's month (January 2025 unless --month) for this company"),
      .flag("orders", "order events in place of usage messages: of four three are of one order, one is of a patient"),
      .value("rate", "R", "messages a second; as many as the broker takes if left out"),
      .value("exchange", "NAME", "publish here, key usage.recorded or order.event; EVENTS_EXCHANGE if left out"),
      .value("queue", "NAME", "publish to this queue by its name instead"),
      .value("ledger", "FILE", "write a line of JSON for each distinct good message, and the counts at the end"),
      .json,
    ],
    notes: """
      The same options make the same messages, timestamps included where --from and --to or --month are given. All are
      confirmed by the broker when the command ends. Shares may have two decimals. Workers refuse usage older than
      MAX_USAGE_AGE. Bad messages have a message id that begins with "bad-".
      """)

  static func options(
    _ arguments: ParsedArguments, _ configuration: Configuration, now: Instant
  ) throws(UsageError) -> LoadOptions {
    let (from, to) = try span(arguments, now: now)
    var options = LoadOptions(from: from, to: to)
    options.messages = try arguments.number("messages", 1...1_000_000_000) ?? options.messages
    options.companies = try arguments.number("companies", 1...1_000_000) ?? options.companies
    options.company = try company("company", arguments)
    options.exampleMonth = try company("example-month", arguments)
    options.metrics = try metrics(arguments) ?? options.metrics
    options.quantity = try arguments.value("quantity", "a quantity, 0 or more") { text in
      Quantity(text).flatMap { $0 >= .zero ? $0 : nil }
    }
    options.users = try arguments.number("users", 1...1_000_000_000) ?? 0
    options.subjects = try arguments.number("subjects", 1...1_000_000_000) ?? 0
    options.largestShare = try share("largest-share", arguments)
    options.duplicates = try share("duplicates", arguments)
    options.crossMonthDuplicates = try share("cross-month-duplicates", arguments)
    options.bad = try share("bad", arguments)
    options.seed = try arguments.value("seed", "a whole number, 0 or more") { UInt64($0) } ?? options.seed
    options.orders = arguments.flag("orders")
    if options.orders {
      options.routingKey = "order.event"
      guard arguments.value("ledger") == nil else { throw UsageError("--orders and --ledger cannot be combined") }
    }
    options.rate = try arguments.number("rate", 1...10_000_000)
    options.exchange = configuration.eventsExchange
    if let exchange = arguments.value("exchange") { options.exchange = exchange }
    if let queue = arguments.value("queue") {
      guard arguments.value("exchange") == nil else { throw UsageError("--queue and --exchange cannot be combined") }
      (options.exchange, options.routingKey) = ("", queue)
    }
    let shares = [options.duplicates, options.crossMonthDuplicates, options.bad].map(\.basisPoints)
    guard options.exampleMonth != nil || shares.reduce(0, +) < 10_000 else {
      throw UsageError("duplicates and bad messages together must leave room for good ones")
    }
    return options
  }

  private static func span(_ arguments: ParsedArguments, now: Instant) throws(UsageError) -> (Instant, Instant) {
    let month = try arguments.value("month", "a month: 2025-01") { CivilDate($0 + "-01") }
    let rule = "an instant: 2025-01-31T12:00:00Z"
    let from = try arguments.value("from", rule) { Instant($0) }
    let to = try arguments.value("to", rule) { Instant($0) }
    let isExample = arguments.value("example-month") != nil
    guard from == nil && to == nil || month == nil && !isExample else {
      throw UsageError("--from and --to cannot be combined with --month or --example-month")
    }
    if let month = month ?? (isExample ? CivilDate(exampleMonth) : nil) {
      let end = min(month.firstOfNextMonth.start, now)
      guard month.start < end else { throw UsageError("--month must have begun") }
      return (month.start, end)
    }
    let end = to ?? now
    let start = from ?? end.adding(days: -30)
    guard start < end else { throw UsageError("--to must be after --from") }
    return (start, end)
  }

  private static func company(_ name: String, _ arguments: ParsedArguments) throws(UsageError) -> CompanyID? {
    try arguments.value(name, "1 to 128 of A-Z a-z 0-9 . _ : -") { CompanyID($0) }
  }

  private static func share(_ name: String, _ arguments: ParsedArguments) throws(UsageError) -> LoadOptions.Share {
    try arguments.value(name, "0 to 100 with at most two decimals") { LoadOptions.Share(percent: $0) } ?? .none
  }

  private static func metrics(_ arguments: ParsedArguments) throws(UsageError) -> [String]? {
    try arguments.value("metrics", "names of metrics, separated by commas") { text in
      let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return names.allSatisfy { MetricName($0) != nil } ? names : nil
    }
  }
}
