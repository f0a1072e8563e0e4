import AMQP
import JSON
import Operations
import Workers

/// `usage-worker` and `order-worker`: work a queue off until they are told to stop.
struct QueueWorkerCommand: Command {
  private let queue: WorkedQueue

  init(_ queue: WorkedQueue) { self.queue = queue }

  var words: [String] { [queue.word] }
  var summary: String { queue.summary }
  let usage = Usage(
    options: [
      .value("lanes", "N", "threads, each with a broker and a database connection (default: LANES)"),
      .value(
        "drain", "N", "leave when so many messages are settled, and print the rate as JSON; 0: only declare queues"),
    ],
    notes: """
      Everything else is set by the environment; see docs/operations.md. SIGTERM and SIGINT: finish the batch in hand, \
      acknowledge, leave.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let lanes = try arguments.number("lanes", 1...64)
    let target = try arguments.number("drain", 0...1_000_000_000)
    let wiring = try context.wiring([.database, .pseudonyms])
    if target == 0 { return try declare(wiring) }
    let role = try QueueRole(queue, wiring, lanes: lanes, drainTarget: target)
    return try RoleProcess(wiring: wiring, roles: [role]).run { running in
      guard target != nil, let worker = (running.first as? QueueRole.Running)?.worker,
        let duration = worker.statistics.drained
      else { return }
      context.output.write(drained(worker.statistics.settled.current, duration))
    }
  }

  private func declare(_ wiring: Wiring) throws -> ExitStatus {
    let connection = try ConsumerConnection(wiring.broker, name: "usage-billing topology", watchdog: try Watchdog())
    try wiring.topology.prepare(queue.queue(wiring.configuration), on: connection)
    try connection.close()
    return .success
  }

  private func drained(_ messages: Int, _ duration: Duration) -> String {
    let microseconds = duration / .microseconds(1)
    let rate = microseconds > 0 ? Double(messages) * 1_000_000 / microseconds : 0
    var json = JSONWriter(.compact)
    json.object {
      $0.field("messages", messages)
      $0.field("seconds", number: duration.logText)
      $0.field("rate", number: String(Int(rate)))
    }
    return json.text + "\n"
  }
}
