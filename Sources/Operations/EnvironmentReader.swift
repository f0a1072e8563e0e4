/// Reads variables one by one and collects what is wrong with them. A rule never quotes a value: a secret may stand in
/// the wrong variable.
struct EnvironmentReader {
  private let environment: [String: String]
  private(set) var mistakes: [ConfigurationMistake] = []

  init(_ environment: [String: String]) { self.environment = environment }

  /// `nil` when it is not set, or empty.
  func text(_ name: String) -> String? {
    guard let value = environment[name], !value.isEmpty else { return nil }
    return value
  }

  mutating func number(_ name: String, _ range: ClosedRange<Int>) -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = Self.digits(text[...]), range.contains(number) else {
      return mistake(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// `true` or `false`.
  mutating func flag(_ name: String) -> Bool? {
    guard let text = text(name) else { return nil }
    switch text.lowercased() {
    case "true": return true
    case "false": return false
    default: return mistake(name, "must be true or false")
    }
  }

  /// A mistake that only several variables together make.
  mutating func refuse(_ name: String, _ rule: String) { mistakes.append(ConfigurationMistake(name, rule)) }

  /// `30` or `30m` are minutes, `90s` seconds, `2h` hours.
  mutating func minutes(_ name: String, below limit: Duration) -> Duration? {
    guard text(name) != nil else { return nil }
    guard let duration = duration(name), duration < limit else {
      return mistake(
        name, "must be minutes (30 or 30m) or seconds (90s), below \(limit.components.seconds / 60) minutes")
    }
    return duration
  }

  /// The same, from whole minutes to whole minutes.
  mutating func minutes(_ name: String, _ range: ClosedRange<Duration>) -> Duration? {
    guard text(name) != nil else { return nil }
    guard let duration = duration(name), range.contains(duration) else {
      let (least, most) = (range.lowerBound.components.seconds / 60, range.upperBound.components.seconds / 60)
      return mistake(name, "must be minutes (30 or 30m), seconds (90s) or hours (2h), from \(least) to \(most) minutes")
    }
    return duration
  }

  private func duration(_ name: String) -> Duration? {
    guard let text = text(name) else { return nil }
    let unit = text.last.flatMap { ["h": 3600, "m": 60, "s": 1][$0] }
    let digits = unit == nil ? text[...] : text.dropLast()
    guard let count = Self.digits(digits), count <= 1_000_000 else { return nil }
    return .seconds(count * (unit ?? 60))
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Choice.Type
  ) -> Choice? where Choice.RawValue == String {
    guard let text = text(name) else { return nil }
    guard let choice = Choice(rawValue: text.lowercased()) else {
      return mistake(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// A name of a queue or exchange.
  mutating func name(_ name: String) -> String? {
    guard let text = text(name) else { return nil }
    guard text.utf8.count <= 255, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      return mistake(name, "must be a name of at most 255 bytes without control characters")
    }
    return text
  }

  /// A folder's path, from the root on: processes have working folders of their own.
  mutating func folder(_ name: String) -> String? {
    guard let text = text(name) else { return nil }
    guard text.hasPrefix("/"), !text.utf8.contains(0) else { return mistake(name, "must be a path that begins with /") }
    return text
  }

  /// An address of a service, to which paths are added.
  mutating func address(_ name: String) -> String? {
    guard let text = text(name) else { return nil }
    let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !text.contains("?") && !text.contains("#")
    guard isPlain, ["https://", "http://"].contains(where: { text.hasPrefix($0) && text.utf8.count > $0.utf8.count })
    else { return mistake(name, "must be a URL that begins with https:// or http://, without a query") }
    return text
  }

  /// A word that stands in a header: `2026-10-28.endive`.
  mutating func version(_ name: String) -> String? {
    guard let text = text(name) else { return nil }
    guard text.utf8.count <= 64, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return mistake(name, "must be a version such as 2026-10-28.endive")
    }
    return text
  }

  /// From the variable or from the file that `<name>_FILE` names, whose last line break is not part of it.
  mutating func secret(_ name: String) -> Secret? {
    let direct = text(name)
    guard let path = text("\(name)_FILE") else { return direct.map { Secret($0) } }
    guard direct == nil else {
      return mistake(name, "and \(name)_FILE are both set: use one of them")
    }
    do {
      return try SecretFile.read(path)
    } catch {
      return mistake("\(name)_FILE", error.rule)
    }
  }

  private mutating func mistake<Value>(_ name: String, _ rule: String) -> Value? {
    mistakes.append(ConfigurationMistake(name, rule))
    return nil
  }

  /// Digits alone: `Int` would take a plus sign as well.
  private static func digits(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }
}
