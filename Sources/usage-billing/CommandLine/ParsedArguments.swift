/// A command's arguments, checked against its usage.
struct ParsedArguments: Sendable {
  private let positions: [String: [String]]
  private let options: [String: [String]]

  /// - Parameter tokens: what follows the command's words.
  /// - Returns: `nil` when help is asked for.
  /// - Throws: `UsageError` for an unknown option, a missing value, a missing or superfluous argument.
  static func parse(_ tokens: [String], _ usage: Usage) throws(UsageError) -> ParsedArguments? {
    var options: [String: [String]] = [:]
    var plain: [String] = []
    var rest = tokens[...]
    while let token = rest.popFirst() {
      if token == "--" {
        plain += rest
        break
      }
      if token == "--help" || token == "-h" { return nil }
      guard token.hasPrefix("-"), token != "-" else {
        plain.append(token)
        continue
      }
      let (option, value) = try read(token, &rest, usage)
      guard option.isRepeatable || options[option.name] == nil else {
        throw UsageError("option --\(option.name) is given more than once")
      }
      options[option.name, default: []].append(value)
    }
    let formats = [Usage.Option.json, .csv].filter { options[$0.name] != nil }
    guard formats.count < 2 else {
      throw UsageError("\(formats.map(\.pattern).joined(separator: " and ")) cannot be combined")
    }
    return ParsedArguments(positions: try assign(plain, usage), options: options)
  }

  private static func read(
    _ token: String, _ rest: inout ArraySlice<String>, _ usage: Usage
  ) throws(UsageError) -> (Usage.Option, value: String) {
    let parts = token.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = usage.options.first(where: { "--\($0.name)" == name }) else {
      throw UsageError("unknown option \(name)")
    }
    guard let placeholder = option.value else {
      guard parts.count == 1 else { throw UsageError("option \(name) takes no value") }
      return (option, "")
    }
    if parts.count == 2 { return (option, String(parts[1])) }
    guard let next = rest.first, !next.hasPrefix("--") else {
      throw UsageError("option \(name) needs a value: \(name)=\(placeholder)")
    }
    rest.removeFirst()
    return (option, next)
  }

  private static func assign(_ plain: [String], _ usage: Usage) throws(UsageError) -> [String: [String]] {
    var positions: [String: [String]] = [:]
    var rest = plain[...]
    for argument in usage.arguments {
      switch argument.count {
      case .required:
        guard let value = rest.popFirst() else { throw UsageError("\(argument.name) is missing") }
        positions[argument.name] = [value]
      case .optional: positions[argument.name] = rest.popFirst().map { [$0] }
      case .repeated:
        positions[argument.name] = Array(rest)
        rest = []
      }
    }
    // Not quoted: what stands in the wrong place may be a secret.
    guard rest.isEmpty else {
      throw UsageError(rest.count == 1 ? "one argument too many" : "\(rest.count) arguments too many")
    }
    return positions
  }

  /// A required argument's text.
  func argument(_ name: String) throws(UsageError) -> String {
    guard let value = positions[name]?.first else { throw UsageError("\(name) is missing") }
    return value
  }

  /// A required argument, read as what it has to be.
  ///
  /// - Parameter rule: completes "COMPANY must be …".
  func argument<Value>(_ name: String, _ rule: String, _ read: (String) -> Value?) throws(UsageError) -> Value {
    guard let value = read(try argument(name)) else { throw UsageError("\(name) must be \(rule)") }
    return value
  }

  func optionalArgument(_ name: String) -> String? { positions[name]?.first }

  /// An optional argument, read as what it has to be.
  func optionalArgument<Value>(
    _ name: String, _ rule: String, _ read: (String) -> Value?
  ) throws(UsageError) -> Value? {
    guard let text = optionalArgument(name) else { return nil }
    guard let value = read(text) else { throw UsageError("\(name) must be \(rule)") }
    return value
  }

  /// All values of a repeated argument.
  func arguments(_ name: String) -> [String] { positions[name] ?? [] }

  func flag(_ name: String) -> Bool { options[name] != nil }

  func value(_ name: String) -> String? { options[name]?.first }

  /// An option's value, read as what it has to be; `nil` when the option is not given.
  ///
  /// - Parameter rule: completes "--limit must be …".
  func value<Value>(_ name: String, _ rule: String, _ read: (String) -> Value?) throws(UsageError) -> Value? {
    guard let text = value(name) else { return nil }
    guard let value = read(text) else { throw UsageError("--\(name) must be \(rule)") }
    return value
  }

  /// A whole number in a range; `nil` when the option is not given.
  func number(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
    try value(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// All values of a repeatable option, in order.
  func values(_ name: String) -> [String] { options[name] ?? [] }
}
