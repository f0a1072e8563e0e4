/// What a command takes: positional arguments, options, and what else there is to say about it.
struct Usage: Sendable {
  /// An argument told by its place.
  struct Argument: Sendable {
    enum Count: Sendable { case required, optional, repeated }

    /// In capitals: `COMPANY`.
    let name: String
    let help: String
    let count: Count

    init(_ name: String, _ help: String, _ count: Count = .required) {
      self.name = name
      self.help = help
      self.count = count
    }

    var pattern: String {
      switch count {
      case .required: name
      case .optional: "[\(name)]"
      case .repeated: "[\(name)…]"
      }
    }
  }

  /// `--name`, `--name VALUE` or `--name=VALUE`.
  struct Option: Sendable {
    /// Without the dashes.
    let name: String
    /// What the value is called; `nil` for a flag.
    let value: String?
    let help: String
    let isRepeatable: Bool

    static func flag(_ name: String, _ help: String) -> Option {
      Option(name: name, value: nil, help: help, isRepeatable: false)
    }

    static func value(_ name: String, _ value: String, _ help: String, isRepeatable: Bool = false) -> Option {
      Option(name: name, value: value, help: help, isRepeatable: isRepeatable)
    }

    /// Of every command that shows something.
    static let json = flag("json", "write one JSON document instead of a table")
    /// Of every report.
    static let csv = flag("csv", "write comma-separated values instead of a table")

    var pattern: String { value.map { "--\(name) \($0)" } ?? "--\(name)" }
  }

  var arguments: [Argument] = []
  var options: [Option] = []
  /// Paragraphs shown after the options.
  var notes: String = ""
}
