import Ledger
import Operations
import PostgreSQL

/// Finds the command that the arguments name and runs it; the one place where errors become messages and exit statuses.
struct Program {
  let commands: [any Command]
  let groups: [String: String]

  private var help: Help { Help(commands: commands, groups: groups) }

  /// - Parameter arguments: without the program's own name.
  func run(_ arguments: [String], _ context: Context) -> ExitStatus {
    guard let first = arguments.first else {
      context.complain(help.overview)
      return .wrongUsage
    }
    if first == "--help" || first == "-h" {
      context.output.write(help.overview)
      return finish(.success, context)
    }
    // `help companies set` is another way to say `companies set --help`.
    if first == "help" { return run(Array(arguments.dropFirst()) + ["--help"], context) }
    guard let command = find(arguments) else { return group(arguments, context) }
    return finish(run(command, Array(arguments.dropFirst(command.words.count)), context), context)
  }

  /// The command with the most words at the front of the arguments.
  private func find(_ arguments: [String]) -> (any Command)? {
    commands.filter { arguments.starts(with: $0.words) }.max { $0.words.count < $1.words.count }
  }

  private func group(_ arguments: [String], _ context: Context) -> ExitStatus {
    let words = Array(arguments.prefix { !$0.hasPrefix("-") })
    let known = words.indices.map { Array(words[...$0]) }.last { prefix in
      commands.contains { $0.words.starts(with: prefix) }
    }
    guard let known else {
      context.complain("\(Help.program): unknown command; see: \(Help.program) --help\n")
      return .wrongUsage
    }
    if known.count == words.count, arguments.dropFirst(words.count).contains(where: { $0 == "--help" || $0 == "-h" }) {
      context.output.write(help.group(known))
      return finish(.success, context)
    }
    context.complain(help.group(known))
    return .wrongUsage
  }

  private func run(_ command: any Command, _ tokens: [String], _ context: Context) -> ExitStatus {
    let name = ([Help.program] + command.words).joined(separator: " ")
    do {
      guard let arguments = try ParsedArguments.parse(tokens, command.usage) else {
        context.output.write(help.command(command))
        return .success
      }
      return try command.run(arguments, context)
    } catch let error as UsageError {
      context.complain("\(name): \(error)\nSee: \(name) --help\n")
      return .wrongUsage
    } catch let mistakes as ConfigurationMistakes {
      let lines = mistakes.mistakes.map { "  \($0)\n" }.joined()
      context.complain("\(name): the environment cannot be used:\n\(lines)")
      return .wrongUsage
    } catch {
      context.complain("\(name): \(FailureText.text(of: error))\n")
      return .failure
    }
  }

  private func finish(_ status: ExitStatus, _ context: Context) -> ExitStatus {
    guard let failure = context.output.failure else { return status }
    context.complain("\(Help.program): standard output: \(failure); the output is not complete\n")
    return status == .success ? .failure : status
  }
}
