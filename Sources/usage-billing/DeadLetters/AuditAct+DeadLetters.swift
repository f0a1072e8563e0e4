import Audit
import Operations
import Workers

/// A queue of dead letters in the audit log: by what it is for, since its name is configured.
struct AuditedQueue: AuditValue {
  let auditText: String

  init(_ queue: String, _ configuration: Configuration) {
    auditText = queue == DeadLetterArguments.deadLetters(of: configuration.usageQueue) ? "usage" : "orders"
  }
}

extension AuditAct {
  /// Which letters are meant. Of a code that is none of ours only that there was one: somebody typed it.
  static func deadLetters(
    _ action: AuditAction, _ selection: DeadLetterSelection, in queues: [AuditedQueue]
  ) -> AuditAct {
    AuditAct(action, stage: .begun) {
      $0.set("queues", list: queues)
      switch selection {
      case .all: $0.set("letters", "all")
      case .reason(let code):
        if let known = KnownReason(code) { $0.set("code", known) } else { $0.set("code", "another") }
      case .positions(let places):
        $0.set("firstPlace", places.lowerBound)
        $0.set("lastPlace", places.upperBound)
      }
    }
  }

  /// What became of them.
  static func deadLetters(
    _ action: AuditAction, _ outcomes: [(queue: AuditedQueue, outcome: DeadLetterBox.Outcome)]
  ) -> AuditAct {
    AuditAct(action, stage: .ended) {
      $0.set("queues", each: outcomes) { one, facts in
        facts.set("queue", one.queue)
        facts.set("done", one.outcome.done)
        facts.set("kept", one.outcome.unroutable + one.outcome.refused)
      }
    }
  }

  /// A letter whose body somebody is about to see.
  static func revealed(_ letter: DeadLetter, in queue: AuditedQueue) -> AuditAct {
    AuditAct(.deadLetterRevealed) {
      $0.set("queue", queue)
      $0.set("place", letter.position)
      $0.set("bytes", letter.size)
      $0.set("rejectedAt", letter.rejectedAt)
    }
  }
}

extension Wiring {
  /// Records an act on a connection of its own: work at the broker may outlive an idle one.
  func audit(_ act: AuditAct, by person: Person) throws {
    try AuditLog(openDatabase()).record(act, by: person)
  }
}
