/// A rule that a catalog breaks, and where.
public struct CatalogMistake: Hashable, Sendable, CustomStringConvertible {
  /// Where in the document: `plans[0].rates[2].unitPrice`; empty for the document as a whole.
  public let path: String
  /// What has to hold there: `a decimal, 0 or more`.
  public let rule: String

  public init(path: String, rule: String) {
    self.path = path
    self.rule = rule
  }

  public var description: String { path.isEmpty ? rule : "\(path): \(rule)" }
}

/// All mistakes of a catalog at once, so that they are mended in one go. Never empty when thrown.
public struct CatalogMistakes: Error, Hashable, Sendable, CustomStringConvertible {
  public let mistakes: [CatalogMistake]

  public init(_ mistakes: [CatalogMistake]) { self.mistakes = mistakes }

  /// One mistake a line.
  public var description: String { mistakes.map(\.description).joined(separator: "\n") }
}
