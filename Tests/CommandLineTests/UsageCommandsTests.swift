import Billing
import Ledger
import Operations
import Testing
import Workers

@testable import usage_billing

@Suite("Arguments of usage, publish and dead-letters")
struct UsageCommandsTests {
  private let now = Instant(microseconds: 1_739_188_800_000_000)  // 2025-02-10T12:00:00Z
  private let configuration = Configuration.read([:], isTerminal: false).configuration

  private func parsed(_ tokens: [String], _ usage: Usage) throws -> ParsedArguments {
    try #require(try ParsedArguments.parse(tokens, usage))
  }

  @Test("a span is a period or a whole range, never both")
  func span() throws {
    let usage = UsageCommand().usage
    func span(_ tokens: String...) throws -> UsageQuestion.Span {
      try UsageCommand.span(parsed(["c"] + tokens, usage), today: now.date)
    }
    #expect(try span() == .period(containing: now.date))
    let days = try #require(BillingPeriod(start: now.date, end: now.date.adding(days: 1)))
    #expect(try span("--from=2025-02-10", "--to", "2025-02-11") == .days(days))
    for tokens in [
      ["--from=2025-02-10"], ["--from=2025-02-10", "--to=2025-02-10"], ["--period=2025-02-30"],
      ["--period=2025-02-10", "--from=2025-02-10", "--to=2025-02-11"],
    ] {
      #expect(throws: UsageError.self) {
        _ = try UsageCommand.span(parsed(["c"] + tokens, usage), today: now.date)
      }
    }
  }

  @Test("a load's timestamps end now at the latest, an example month's with the month")
  func load() throws {
    func options(_ tokens: String...) throws -> LoadOptions {
      try PublishArguments.options(parsed(tokens, PublishArguments.usage), configuration, now: now)
    }
    #expect(try options().from == now.adding(days: -30))
    #expect(try options("--month=2025-02").to == now)
    #expect(try options("--month=2025-01").to.description == "2025-02-01T00:00:00Z")
    #expect(try options("--example-month=labs").from.description == "2025-01-01T00:00:00Z")
    let queue = try options("--queue=q", "--bad=1.25")
    #expect((queue.exchange, queue.routingKey, queue.bad.basisPoints) == ("", "q", 125))
    for tokens in [
      ["--queue=q", "--exchange=e"], ["--month=2025-03"], ["--bad=60", "--duplicates=40"], ["--metrics=a,,b"],
      ["--month=2025-01", "--from=2025-01-01T00:00:00Z"],
    ] {
      #expect(throws: UsageError.self) {
        _ = try PublishArguments.options(parsed(tokens, PublishArguments.usage), configuration, now: now)
      }
    }
  }

  @Test("letters are meant in exactly one way, and only queues of dead letters are touched")
  func letters() throws {
    let usage = DeadLettersRequeueCommand().usage
    func selection(_ tokens: String...) throws -> DeadLetterSelection {
      try DeadLetterArguments.selection(parsed(tokens, usage))
    }
    #expect(try selection("3-7") == .positions(3...7))
    #expect(try selection("3") == .positions(3...3))
    #expect(try selection("--code=too_old") == .reason("too_old"))
    #expect(try selection("--all") == .all)
    for tokens in [[], ["--all", "3"], ["0"], ["7-3"], ["1-2-3"], ["x"]] {
      #expect(throws: UsageError.self) { _ = try DeadLetterArguments.selection(parsed(tokens, usage)) }
    }
    let both = try DeadLetterArguments.queues(parsed(["--all"], usage), configuration)
    #expect(both == ["usage.recorded.dead-letter", "order-events.dead-letter"])
    let one = try parsed(["--all", "--queue=order-events"], usage)
    #expect(try DeadLetterArguments.queues(one, configuration) == ["order-events.dead-letter"])
    #expect(throws: UsageError.self) {
      _ = try DeadLetterArguments.queues(parsed(["--queue=other"], usage), configuration)
    }
  }
}
