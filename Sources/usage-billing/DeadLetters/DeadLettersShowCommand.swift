import AMQP
import Audit
import JSON
import Workers

/// `dead-letters show`.
struct DeadLettersShowCommand: Command {
  let words = ["dead-letters", "show"]
  let summary = "Shows one dead letter, its body masked."
  let usage = Usage(
    arguments: [Usage.Argument("POSITION", "its place, as listed")],
    options: [
      DeadLetterArguments.queue,
      .flag("reveal", "show it as it is: it may name patients; audited, so that it needs DATABASE_URL"), .json,
    ],
    notes: """
      Masked, every value gives way to its type and length, and so does every key that is not the schemas' own, and what
      is not this product's own of headers and properties.
      Without --queue the usage messages' dead letters are meant.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let position = try arguments.argument("POSITION", "a place from 1 on") { Int($0).flatMap { $0 > 0 ? $0 : nil } }
    let isRevealed = arguments.flag("reveal")
    let wiring = try context.wiring(isRevealed ? .database : [])
    let box = DeadLetterBox(wiring.broker, watchdog: try Watchdog())
    let queues = try DeadLetterArguments.queues(arguments, wiring.configuration)
    guard let queue = queues.first, let found = try box.show(queue: queue, position: position) else {
      throw CommandFailure("there are not \(position) letters; see: usage-billing dead-letters list")
    }
    // Before anything is shown: what cannot be recorded is not revealed.
    if isRevealed {
      try wiring.audit(.revealed(found.letter, in: AuditedQueue(queue, wiring.configuration)), by: context.person)
    }
    let body = isRevealed ? String(decoding: found.body, as: UTF8.self) : MaskedBody.text(of: found.body)
    let letter = LetterView(found.letter, wiring.configuration, isRevealed: isRevealed)
    context.show(View(letter: letter, body: body, isRevealed: isRevealed), arguments)
    return .success
  }

  private struct View: Presentable {
    let letter: LetterView
    let body: String
    let isRevealed: Bool

    var text: String {
      var table = Table([.text("Queue"), .text(letter.letter.queue)])
      let names = ["Place", "Reason", "Detail", "From", "Rejected at", "Bytes", "Message id"]
      for (name, cell) in zip(names, letter.cells) { table.add([name, cell]) }
      // A stranger's text must not drive the terminal; the mask's own lines are ours.
      let shown = isRevealed ? Table.printable(body) : body
      return "\(table.text)\n\(shown)\n"
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("queue", letter.letter.queue)
        letter.encodeMembers(into: &$0)
        $0.field("masked", !isRevealed)
        $0.field("body", body)
      }
    }
  }
}
