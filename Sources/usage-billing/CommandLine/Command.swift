/// One thing that can be asked of the program.
protocol Command: Sendable {
  /// How it is called: `["dead-letters", "list"]`.
  var words: [String] { get }
  /// One line, beginning with a verb, for lists of commands.
  var summary: String { get }
  /// What it takes.
  var usage: Usage { get }
  /// Does it. Results go to `context.output`.
  ///
  /// - Throws: `UsageError` for arguments that cannot be used (exit status 2), anything else for a failure (1).
  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus
}

/// What the shell is told.
enum ExitStatus: Int32, Sendable {
  case success = 0
  case failure = 1
  case wrongUsage = 2
}

/// The arguments cannot be used. Names the argument and the rule.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A command did not succeed: what failed, on what, what now.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
