import Billing
import JSON
import Ledger
import Outbox

/// `outbox list`: what is owed to Stripe, and why it is not there yet.
struct OutboxListCommand: Command {
  private static let limit = 100

  /// What `--state` can be.
  enum State: String, CaseIterable {
    case queued, delayed, held, unknown, dead, expired, settled

    fileprivate var selection: OutboxReader.Selection? {
      switch self {
      case .queued: .queued
      case .delayed: .delayed
      case .held: .held
      case .unknown: .unknown
      case .dead: .dead
      case .expired: .expired
      case .settled: nil
      }
    }
  }

  let words = ["outbox", "list"]
  let summary = "Lists what is owed to Stripe, with its state and why, and totals by state."
  let usage = Usage(
    options: [
      .value(
        "state", "STATE", "\(State.allCases.map(\.rawValue).joined(separator: ", ")); all but settled if left out"),
      OutboxArguments.company, .value("limit", "N", "\(limit) if left out"), .json,
    ],
    notes: """
      queued goes out when its turn comes, delayed is tried again when it is due, held waits for what is shown as the
      reason, expired becomes an invoice item with the next meter report. unknown and dead wait for a person: see
      outbox retry and outbox discard. Settled entries are listed for one company, the latest first.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let rule = "one of \(State.allCases.map(\.rawValue).joined(separator: ", "))"
    let state = try arguments.value("state", rule) { State(rawValue: $0) }
    let company = try arguments.companyOption()
    let limit = try arguments.number("limit", 1...100_000) ?? Self.limit
    if state == .settled, company == nil { throw UsageError("--state settled needs --company: whose entries?") }
    let connection = try context.wiring(.database).openDatabase()
    if let company { _ = try CompanyStore(connection).show(company) }
    let reader = try OutboxReader(connection)
    let records: [EntryRecord]
    if state == .settled, let company {
      records = try reader.history(company, limit: limit)
    } else {
      records = try reader.list(state?.selection ?? .all, company: company, limit: limit)
    }
    let listing = Listing(
      records: records, depth: try OutboxDepth.read(connection, of: company),
      pauses: try OutboxPause.read(connection).filter { company == nil || $0.company == nil || $0.company == company },
      limit: limit, now: context.now)
    context.show(listing, arguments)
    return .success
  }

  private struct Listing: Presentable {
    let records: [EntryRecord]
    let depth: OutboxDepth
    let pauses: [OutboxPause]
    let limit: Int
    let now: Instant

    var text: String {
      entries + totals
        + pauses.map { pause in
          "sending is paused for \(pause.company?.text ?? "all companies") since \(pause.since), by "
            + "\(Table.printable(pause.by))\n"
        }.joined()
    }

    private var entries: String {
      guard !records.isEmpty else { return "no entries\n\n" }
      var table = Table([
        .text("Entry"), .text("Company"), .text("What"), .text("State"), .text("Why"), .number("Attempts"),
        .number("Age"), .text("Due"),
      ])
      for record in records {
        table.add([
          record.id.description, record.company.text, record.effect.text, record.state.word, record.why,
          String(record.attempts), record.createdAt.age(at: now), record.state.due?.description,
        ])
      }
      let more = records.count == limit ? "(the first \(limit); --limit shows more)\n" : ""
      return "\(table.text)\(more)\n"
    }

    private var totals: String {
      guard !depth.backlogs.isEmpty else { return "nothing is owed\n" }
      var table = Table([.text("Owed"), .text("Why"), .number("Entries"), .number("Oldest")])
      for (state, backlog) in rows {
        table.add([state.word, state.hold?.rawValue, String(backlog.entries), backlog.oldestAge.shortText])
      }
      return table.text
    }

    private var rows: [(OutboxDepth.State, OutboxDepth.Backlog)] {
      depth.backlogs.sorted {
        ($0.key.order, $0.key.hold?.rawValue ?? "") < ($1.key.order, $1.key.hold?.rawValue ?? "")
      }
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.key("entries")
        $0.array { array in for record in records { record.encode(into: &array) } }
        $0.key("totals")
        $0.array { array in
          for (state, backlog) in rows {
            array.object {
              $0.field("state", state.word)
              $0.field("hold", optional: state.hold?.rawValue)
              $0.field("entries", backlog.entries)
              $0.field("oldestAgeSeconds", Int(backlog.oldestAge.components.seconds))
            }
          }
        }
        $0.key("pauses")
        $0.array { array in
          for pause in pauses {
            array.object {
              $0.field("companyId", optional: pause.company?.text)
              $0.field("since", pause.since.description)
              $0.field("by", pause.by)
            }
          }
        }
      }
    }
  }
}

extension OutboxDepth.State {
  fileprivate var word: String {
    switch self {
    case .queued: "queued"
    case .delayed: "delayed"
    case .held: "held"
    case .unknown: "unknown"
    case .dead: "dead"
    case .expired: "expired"
    }
  }

  fileprivate var hold: Hold? {
    if case .held(let hold) = self { return hold }
    return nil
  }

  fileprivate var order: Int {
    switch self {
    case .queued: 0
    case .delayed: 1
    case .held: 2
    case .expired: 3
    case .unknown: 4
    case .dead: 5
    }
  }
}
