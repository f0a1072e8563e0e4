/// Which parameters an endpoint, or an object within them, takes. Whatever else is sent is an error, as at Stripe.
struct Schema: Sendable {
  private let rules: [String: Rule]
  private let required: [String]

  init(_ rules: KeyValuePairs<String, Rule>, _ more: KeyValuePairs<String, Rule> = [:]) {
    self.init(pairs: (Array(more) + Array(rules)).map { ($0.key, $0.value) })
  }

  private init(pairs: [(String, Rule)]) {
    rules = Dictionary(pairs) { first, _ in first }
    required = pairs.filter { $0.1.isRequired }.map(\.0)
  }

  /// Of an endpoint: `expand` is taken everywhere.
  ///
  /// - Parameter more: rules beside them, or in place of those of the same name.
  static func of(_ rules: KeyValuePairs<String, Rule>, _ more: KeyValuePairs<String, Rule> = [:]) -> Schema {
    Schema(pairs: (Array(more) + Array(rules)).map { ($0.key, $0.value) } + [("expand", .list(.text()))])
  }

  /// Of a list: pages, and what they are filtered by.
  static func list(_ filters: KeyValuePairs<String, Rule>) -> Schema {
    Schema(
      pairs: filters.map { ($0.key, $0.value) } + [
        ("limit", .integer(1...100)), ("starting_after", .text()), ("ending_before", .text()),
        ("expand", .list(.text())),
      ])
  }

  /// - Parameter path: the name of the object that they stand in; empty for the request itself.
  /// - Returns: the parameters, each of which obeys its rule.
  func check(_ parameter: Parameter, path: String = "") throws(StripeFailure) -> Parameters {
    guard case .map(let members) = parameter else {
      throw .invalidRequest("Invalid object", param: path)
    }
    func name(_ member: String) -> String { path.isEmpty ? member : "\(path)[\(member)]" }
    for (member, value) in members {
      guard let rule = rules[member] else {
        throw .invalidRequest(
          "Received unknown parameter: \(name(member))", code: "parameter_unknown", param: name(member))
      }
      try rule.check(value, name(member))
    }
    for member in required where parameter[member] == nil {
      throw .invalidRequest(
        "Missing required param: \(name(member)).", code: "parameter_missing", param: name(member))
    }
    return Parameters(members: members, path: path)
  }
}

extension Rule {
  func check(_ value: Parameter, _ name: String) throws(StripeFailure) {
    switch (kind, value) {
    case (.object(let schema), .map): _ = try schema.check(value, path: name)
    case (.range, .map):
      let bounds = Rule.timestamp
      _ = try Schema(["gt": bounds, "gte": bounds, "lt": bounds, "lte": bounds]).check(value, path: name)
    case (.list(let element), .map(let members)):
      for (index, member) in members.enumerated() {
        guard member.name.isEmpty || Int(member.name) != nil else {
          throw .invalidRequest("Invalid array", param: name)
        }
        try element.check(member.value, "\(name)[\(index)]")
      }
    case (.texts, .map(let members)), (.metadata, .map(let members)):
      for member in members {
        guard case .text = member.value else {
          throw .invalidRequest(
            "Invalid string: \(name)[\(member.name)] must be a string", param: "\(name)[\(member.name)]")
        }
      }
      if case .metadata = kind { try Metadata.check(members, name) }
    case (.object, .text("")), (.texts, .text("")), (.metadata, .text("")), (.list, .text("")):
      // An empty text stands for nothing: metadata and lists are unset by it.
      guard isUnsettable else { throw Self.empty(name) }
    case (.object, .text), (.texts, .text), (.metadata, .text): throw .invalidRequest("Invalid object", param: name)
    case (.list, .text): throw .invalidRequest("Invalid array", param: name)
    case (_, .text(let text)): try checkText(text, name)
    case (_, .map): throw .invalidRequest("Invalid string: {}", param: name)
    }
  }

  private func checkText(_ text: String, _ name: String) throws(StripeFailure) {
    if text.isEmpty {
      guard isUnsettable else { throw Self.empty(name) }
      return
    }
    switch kind {
    case .text(let maximum):
      guard text.unicodeScalars.count <= maximum else {
        throw .invalidRequest("Invalid string: \(text.prefix(10))…; must be at most \(maximum) characters", param: name)
      }
    case .integer(let range):
      guard let value = Int(text), !text.hasPrefix("+") else {
        throw .invalidRequest("Invalid integer: \(text)", code: "parameter_invalid_integer", param: name)
      }
      guard range.contains(value) else {
        throw .invalidRequest(
          value < range.lowerBound
            ? "This value must be greater than or equal to \(range.lowerBound)."
            : "This value must be less than or equal to \(range.upperBound).",
          code: "parameter_invalid_integer", param: name)
      }
    case .range: try Rule.timestamp.checkText(text, name)
    case .decimal(let decimals):
      guard let value = Decimal(text), value.decimals <= decimals else {
        throw .invalidRequest("Invalid decimal: \(text)", param: name)
      }
    case .bool:
      guard text == "true" || text == "false" else {
        throw .invalidRequest("Invalid boolean: \(text)", param: name)
      }
    case .choice(let values):
      guard values.contains(text) else {
        let list = values.count > 1 ? values.dropLast().joined(separator: ", ") + ", or " : ""
        throw .invalidRequest("Invalid \(name): must be one of \(list)\(values.last ?? "")", param: name)
      }
    case .object, .list, .texts, .metadata: break
    }
  }

  private static func empty(_ name: String) -> StripeFailure {
    .invalidRequest(
      "You passed an empty string for '\(name)'. We assume empty values are an attempt to unset a parameter; "
        + "however '\(name)' cannot be unset. You should remove '\(name)' from your request or supply a non-empty value.",
      code: "parameter_invalid_empty", param: name)
  }
}
