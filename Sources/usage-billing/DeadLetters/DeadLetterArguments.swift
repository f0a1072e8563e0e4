import Operations
import Workers

/// What the commands about dead letters have in common.
enum DeadLetterArguments {
  static let queue = Usage.Option.value(
    "queue", "NAME", "the queue of dead letters, or the queue that they come from")
  static let all = Usage.Option.flag("all", "all letters")
  static let code = Usage.Option.value("code", "CODE", "letters with this reason code")
  static let positions = Usage.Argument("POSITIONS", "one place, or a range of places: 3 or 3-7", .optional)

  static func deadLetters(of queue: String) -> String { "\(queue).dead-letter" }

  /// The queues meant: both, unless one is named. Others are refused: discarding from a queue that workers read would lose
  /// usage.
  static func queues(_ arguments: ParsedArguments, _ configuration: Configuration) throws(UsageError) -> [String] {
    let known = [configuration.usageQueue, configuration.orderQueue]
    let named = try arguments.value("queue", "one of \(known.joined(separator: ", "))") { name in
      known.first { $0 == name || deadLetters(of: $0) == name }
    }
    return (named.map { [$0] } ?? known).map(deadLetters)
  }

  /// Which letters are meant, by exactly one of the three ways to say so.
  static func selection(_ arguments: ParsedArguments) throws(UsageError) -> DeadLetterSelection {
    let positions = try arguments.optionalArgument("POSITIONS", "a place or a range from 1 on: 3 or 3-7", range)
    let given = [positions != nil, arguments.flag("all"), arguments.value("code") != nil].count { $0 }
    guard given == 1 else { throw UsageError("say which letters: POSITIONS, --code CODE or --all") }
    if let positions { return .positions(positions) }
    if let code = arguments.value("code") { return .reason(code) }
    return .all
  }

  /// The queues that a selection is about: places are places in one queue, by default the usage messages'.
  static func queues(
    _ arguments: ParsedArguments, _ configuration: Configuration, for selection: DeadLetterSelection
  ) throws(UsageError) -> [String] {
    let queues = try queues(arguments, configuration)
    if case .positions = selection { return Array(queues.prefix(1)) }
    return queues
  }

  private static func range(_ text: String) -> ClosedRange<Int>? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count <= 2, let first = parts.first ?? nil, let last = parts.last ?? nil, first >= 1, last >= first
    else { return nil }
    return first...last
  }
}
