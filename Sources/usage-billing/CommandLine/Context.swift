import Billing
import Glibc
import Operations

/// What a command is run with: the outside world, handed in so that tests can hand in another.
struct Context: Sendable {
  let environment: [String: String]
  /// Results.
  let output: Output
  /// Complaints, for people.
  let errors: Output
  let clock: @Sendable () -> Int64

  init(
    environment: [String: String], output: Output, errors: Output,
    clock: @escaping @Sendable () -> Int64 = { SystemClock.microseconds() }
  ) {
    self.environment = environment
    self.output = output
    self.errors = errors
    self.clock = clock
  }

  /// Of this process.
  static func ofProcess() -> Context {
    Context(
      environment: ProcessEnvironment.variables(), output: Output(descriptor: STDOUT_FILENO),
      errors: Output(descriptor: STDERR_FILENO))
  }

  var now: Instant { Instant(microseconds: clock()) }

  func complain(_ text: String) { errors.write(text) }

  /// Everything that the environment configures, checked.
  ///
  /// - Throws: `ConfigurationMistakes`, all at once.
  func wiring(_ needs: Wiring.Needs = []) throws(ConfigurationMistakes) -> Wiring {
    try Wiring(environment, needs: needs, isTerminal: errors.isTerminal)
  }

  /// Shown only where standard error is a terminal.
  func progressBar(_ title: String, total: Int?) -> ProgressBar {
    ProgressBar(title, total: total, isShown: errors.isTerminal)
  }
}
