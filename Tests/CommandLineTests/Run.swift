import Operations
import Testing

@testable import usage_billing

/// The program's, not the testing library's.
typealias ExitStatus = usage_billing.ExitStatus

/// One run of the program within the test's process.
struct Run {
  let status: ExitStatus
  let output: String
  let errors: String

  init(_ arguments: String..., environment: [String: String] = [:], commands: [any Command] = Commands.all) {
    self.init(arguments, environment: environment, commands: commands)
  }

  init(_ arguments: [String], environment: [String: String] = [:], commands: [any Command] = Commands.all) {
    let output = Output()
    let errors = Output()
    let context = Context(environment: environment, output: output, errors: errors)
    status = Program(commands: commands, groups: Commands.groups).run(arguments, context)
    self.output = output.text
    self.errors = errors.text
  }
}
