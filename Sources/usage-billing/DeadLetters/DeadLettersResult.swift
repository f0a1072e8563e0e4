import JSON
import Operations
import Workers

/// What became of letters, by queue.
struct DeadLettersResult: Presentable {
  struct Queue {
    let name: String
    let outcome: DeadLetterBox.Outcome
  }

  /// `requeued`, `discarded`.
  let verb: String
  let reason: String?
  let queues: [Queue]

  /// Whether no letter that was meant has stayed.
  var isComplete: Bool { queues.allSatisfy { $0.outcome.unroutable == 0 && $0.outcome.refused == 0 } }

  /// For the audit log.
  func outcomes(_ configuration: Configuration) -> [(queue: AuditedQueue, outcome: DeadLetterBox.Outcome)] {
    queues.map { (AuditedQueue($0.name, configuration), $0.outcome) }
  }

  var text: String {
    guard !queues.isEmpty else { return "there are no queues of dead letters\n" }
    return queues.map { queue in
      var line = "\(queue.name): \(queue.outcome.done) \(verb)"
      if queue.outcome.left > 0 { line += ", \(queue.outcome.left) left" }
      if queue.outcome.unroutable > 0 { line += ", \(queue.outcome.unroutable) kept: their queue is gone or unknown" }
      if queue.outcome.refused > 0 { line += ", \(queue.outcome.refused) kept: the broker refused them, try again" }
      return line + "\n"
    }.joined() + (reason.map { "reason: \(Table.printable($0))\n" } ?? "")
  }

  func encode(into json: inout JSONWriter) {
    json.object {
      if let reason { $0.field("reason", reason) }
      $0.key("queues")
      $0.array { array in
        for queue in queues {
          array.object {
            $0.field("queue", queue.name)
            $0.field(verb, queue.outcome.done)
            $0.field("unroutable", queue.outcome.unroutable)
            $0.field("refused", queue.outcome.refused)
            $0.field("left", queue.outcome.left)
          }
        }
      }
    }
  }
}
