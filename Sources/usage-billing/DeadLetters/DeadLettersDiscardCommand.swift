import AMQP
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
    notes: "What is discarded is not counted and cannot be had back.")

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let selection = try DeadLetterArguments.selection(arguments)
    guard let reason = arguments.value("reason"), !reason.isEmpty else {
      throw UsageError("--reason is missing: why may the letters go?")
    }
    if case .positions = selection {
    } else if !arguments.flag("yes") {
      throw UsageError("--yes is missing: letters are discarded for good")
    }
    let wiring = try context.wiring()
    let box = DeadLetterBox(wiring.broker, watchdog: try Watchdog())
    var results: [DeadLettersResult.Queue] = []
    for queue in try DeadLetterArguments.queues(arguments, wiring.configuration, for: selection) {
      guard let count = try box.count(queue: queue) else { continue }
      let bar = context.progressBar("discard", total: count)
      let outcome = try box.discard(queue: queue, selection) { done, _ in bar.advance(to: done) }
      bar.finish()
      results.append(DeadLettersResult.Queue(name: queue, outcome: outcome))
    }
    context.show(DeadLettersResult(verb: "discarded", reason: reason, queues: results), arguments)
    return .success
  }
}
