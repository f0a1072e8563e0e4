/// The texts behind `--help`.
struct Help {
  static let program = "usage-billing"

  let commands: [any Command]
  /// What each group of commands is about, by its first word.
  let groups: [String: String]

  /// The program as a whole.
  var overview: String {
    var text = """
      Counts usage once, from the queue to totals and threshold messages, and tells Stripe.

      Usage: \(Self.program) COMMAND [ARGUMENTS] [OPTIONS]

      Commands:

      """
    var rows: [(String, String)] = []
    var seen: Set<String> = []
    for command in commands {
      guard let first = command.words.first else { continue }
      if let summary = groups[first] {
        if seen.insert(first).inserted { rows.append((first, summary)) }
      } else {
        rows.append((command.words.joined(separator: " "), command.summary))
      }
    }
    text += Self.aligned(rows)
    text += """

      \(Self.program) COMMAND --help tells more. Settings come from the environment:
      AMQP_URL, DATABASE_URL, PATIENT_REFERENCE_KEY, STRIPE_SECRET_KEY (each also as NAME_FILE), STRIPE_API_BASE,
      STRIPE_METER_EVENTS_BASE, STRIPE_API_VERSION, BATCH_SIZE, BATCH_DELAY_MS, PREFETCH, LANES, MAX_USAGE_AGE, PERIOD_GRACE, HTTP_PORT, LOG_LEVEL, LOG_FORMAT, USAGE_QUEUE, ORDER_QUEUE,
      EVENTS_EXCHANGE, DEAD_LETTER_EXCHANGE, TOPOLOGY, DELIVERY_LIMIT, SHUTDOWN_DEADLINE_SECONDS,
      USAGE_BILLING_SCHEMAS; for Stripe: STRIPE_SECRET_KEY (also as NAME_FILE), STRIPE_API_BASE,
      STRIPE_METER_EVENTS_BASE, STRIPE_API_VERSION, STRIPE_REQUIRE_SUBSCRIPTION, STRIPE_CREATE_CUSTOMERS,
      STRIPE_METER_STREAM, STRIPE_METER_RATE, STRIPE_METER_STREAM_RATE, STRIPE_ENDPOINT_RATE, STRIPE_RATE,
      STRIPE_TIMEOUT_SECONDS, STRIPE_CONCURRENCY, STRIPE_REJECTIONS_SECONDS, OUTBOX_LEASE_SECONDS,
      OUTBOX_HISTORY_MONTHS; for old months of the ledger: RETENTION_MONTHS, ARCHIVE_FOLDER.
      Exit status: 0 fine, 1 failed, 2 wrong usage.

      """
    return text
  }

  /// The commands that begin with the same words.
  func group(_ words: [String]) -> String {
    let name = words.joined(separator: " ")
    let members = commands.filter { $0.words.starts(with: words) }
    var text = words.first.flatMap { groups[$0] }.map { "\($0)\n\n" } ?? ""
    text += "Usage: \(Self.program) \(name) COMMAND [ARGUMENTS] [OPTIONS]\n\nCommands:\n"
    text += Self.aligned(members.map { ($0.words.joined(separator: " "), $0.summary) })
    return text
  }

  func command(_ command: any Command) -> String {
    let usage = command.usage
    let name = command.words.joined(separator: " ")
    let pattern = ([Self.program, name] + usage.arguments.map(\.pattern) + ["[OPTIONS]"]).joined(separator: " ")
    var text = "\(command.summary)\n\nUsage: \(pattern)\n"
    if !usage.arguments.isEmpty {
      text += "\nArguments:\n" + Self.aligned(usage.arguments.map { ($0.name, $0.help) })
    }
    var options = usage.options.map { ($0.pattern, $0.help + ($0.isRepeatable ? " (may be repeated)" : "")) }
    options.append(("--help", "show this text"))
    text += "\nOptions:\n" + Self.aligned(options)
    if !usage.notes.isEmpty { text += "\n\(usage.notes)\n" }
    let members = commands.filter { $0.words.count > command.words.count && $0.words.starts(with: command.words) }
    if !members.isEmpty {
      text += "\nSee also:\n" + Self.aligned(members.map { ($0.words.joined(separator: " "), $0.summary) })
    }
    return text
  }

  private static func aligned(_ rows: [(String, String)]) -> String {
    let width = rows.map { $0.0.count }.max() ?? 0
    return rows.map { name, help in
      "  \(name)\(String(repeating: " ", count: width - name.count))  \(help)\n"
    }.joined()
  }
}
