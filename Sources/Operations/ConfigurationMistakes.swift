/// A variable of the environment that cannot be used, and what it has to be. Never holds the value of a secret.
public struct ConfigurationMistake: Hashable, Sendable, CustomStringConvertible {
  /// The variable's name: `BATCH_SIZE`.
  public let variable: String
  /// What has to hold: `must be a whole number from 1 to 2000`.
  public let rule: String

  public init(_ variable: String, _ rule: String) {
    self.variable = variable
    self.rule = rule
  }

  public var description: String { "\(variable) \(rule)" }
}

/// All mistakes of a configuration at once, so that they are mended in one go. Never empty when thrown.
public struct ConfigurationMistakes: Error, Hashable, Sendable, CustomStringConvertible {
  public let mistakes: [ConfigurationMistake]

  public init(_ mistakes: [ConfigurationMistake]) { self.mistakes = mistakes }

  /// One mistake a line.
  public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}
