import AMQP
import JSON
import Operations
import Workers

/// `dead-letters list`.
struct DeadLettersListCommand: Command {
  private static let limit = 100

  let words = ["dead-letters", "list"]
  let summary = "Lists messages that could not be processed, with the reason."
  let usage = Usage(
    options: [
      DeadLetterArguments.queue, .value("limit", "N", "of each queue, \(limit) if left out"), .json,
    ],
    notes: """
      The letters stay where they are. Places count from 1, the oldest; they move when letters before go. Of texts that
      are not this product's, such as a publisher's message id, the length is shown.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let limit = try arguments.number("limit", 1...100_000) ?? Self.limit
    let wiring = try context.wiring()
    let box = DeadLetterBox(wiring.broker, watchdog: try Watchdog())
    var queues: [Listing.Queue] = []
    for name in try DeadLetterArguments.queues(arguments, wiring.configuration) {
      guard let count = try box.count(queue: name) else { continue }
      queues.append(
        Listing.Queue(
          name: name, count: count,
          letters: try box.list(queue: name, limit: limit).map { LetterView($0, wiring.configuration) }))
    }
    context.show(Listing(queues: queues), arguments)
    return .success
  }

  private struct Listing: Presentable {
    struct Queue {
      let name: String
      let count: Int
      let letters: [LetterView]
    }

    let queues: [Queue]

    var text: String {
      guard !queues.isEmpty else { return "there are no queues of dead letters\n" }
      return queues.map { queue in
        guard !queue.letters.isEmpty else { return "\(queue.name): none\n" }
        var table = Table([
          .number("#"), .text("Reason"), .text("Detail"), .text("From"), .text("Rejected at"), .number("Bytes"),
          .text("Message id"),
        ])
        for letter in queue.letters {
          table.add(letter.cells)
        }
        return "\(queue.name): \(queue.count)\n\n\(table.text)"
      }.joined(separator: "\n")
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.key("queues")
        $0.array { array in for queue in queues { Self.encode(queue, into: &array) } }
      }
    }

    private static func encode(_ queue: Queue, into json: inout JSONWriter) {
      json.object {
        $0.field("queue", queue.name)
        $0.field("count", queue.count)
        $0.key("letters")
        $0.array { array in for letter in queue.letters { array.object { letter.encodeMembers(into: &$0) } } }
      }
    }
  }
}
