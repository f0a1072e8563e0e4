import AMQP
import Audit
import Workers

/// `dead-letters discard`.
struct DeadLettersDiscardCommand: Command {
  let words = ["dead-letters", "discard"]
  let summary = "Takes dead letters away for good."
  let usage = Usage(
    arguments: [DeadLetterArguments.positions],
    options: [
      .value("reason", "TEXT", "why they may go; shown with the result"), DeadLetterArguments.code,
      DeadLetterArguments.all, .flag("yes", "needed with --all and --code"), DeadLetterArguments.queue, .json,
    ],
    notes: "What is discarded is not counted and cannot be had back. Audited, without the reason's text.")

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let selection = try DeadLetterArguments.selection(arguments)
    guard let reason = arguments.value("reason"), !reason.isEmpty else {
      throw UsageError("--reason is missing: why may the letters go?")
    }
    if case .positions = selection {
    } else if !arguments.flag("yes") {
      throw UsageError("--yes is missing: letters are discarded for good")
    }
    let wiring = try context.wiring(.database)
    let box = DeadLetterBox(wiring.broker, watchdog: try Watchdog())
    let queues = try DeadLetterArguments.queues(arguments, wiring.configuration, for: selection)
    let meant = queues.map { AuditedQueue($0, wiring.configuration) }
    try wiring.audit(.deadLetters(.deadLettersDiscarded, selection, in: meant), by: context.person)
    var results: [DeadLettersResult.Queue] = []
    for queue in queues {
      guard let count = try box.count(queue: queue) else { continue }
      let bar = context.progressBar("discard", total: count)
      let outcome = try box.discard(queue: queue, selection) { done, _ in bar.advance(to: done) }
      bar.finish()
      results.append(DeadLettersResult.Queue(name: queue, outcome: outcome))
    }
    let result = DeadLettersResult(verb: "discarded", reason: reason, queues: results)
    context.show(result, arguments)
    try wiring.audit(.deadLetters(.deadLettersDiscarded, result.outcomes(wiring.configuration)), by: context.person)
    return .success
  }
}
