import AMQP
import Audit
import Workers

/// `dead-letters requeue`.
struct DeadLettersRequeueCommand: Command {
  let words = ["dead-letters", "requeue"]
  let summary = "Sends dead letters back to the queues they came from."
  let usage = Usage(
    arguments: [DeadLetterArguments.positions],
    options: [DeadLetterArguments.code, DeadLetterArguments.all, DeadLetterArguments.queue, .json],
    notes: """
      A letter goes only once the broker has confirmed its copy: none is lost, and usage counts once however often it
      comes. Letters whose queue is gone stay. Audited. Exit status 1 when letters that were meant stay.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let selection = try DeadLetterArguments.selection(arguments)
    let wiring = try context.wiring(.database)
    let box = DeadLetterBox(wiring.broker, watchdog: try Watchdog())
    let queues = try DeadLetterArguments.queues(arguments, wiring.configuration, for: selection)
    let meant = queues.map { AuditedQueue($0, wiring.configuration) }
    try wiring.audit(.deadLetters(.deadLettersRequeued, selection, in: meant), by: context.person)
    var results: [DeadLettersResult.Queue] = []
    for queue in queues {
      guard let count = try box.count(queue: queue) else { continue }
      let bar = context.progressBar("requeue", total: count)
      let outcome = try box.requeue(queue: queue, selection) { done, _ in bar.advance(to: done) }
      bar.finish()
      results.append(DeadLettersResult.Queue(name: queue, outcome: outcome))
    }
    let result = DeadLettersResult(verb: "requeued", reason: nil, queues: results)
    context.show(result, arguments)
    try wiring.audit(.deadLetters(.deadLettersRequeued, result.outcomes(wiring.configuration)), by: context.person)
    return result.isComplete ? .success : .failure
  }
}
