/// Refuses identifiers of companies that look like a person's data: they stand in threshold messages, logs and at Stripe,
/// where no such thing may go. It works by form alone, so it knows no names of people.
public enum PersonalDataRule {
  /// The rule that the text breaks; `nil` when it looks like nobody's data.
  public static func problem(in text: String) -> String? {
    if text.contains("@") { return "a company id must not look like an e-mail address" }
    let runs = digitRuns(text)
    let digits = runs.reduce(0) { $0 + $1.digits.utf8.count }
    if isDate(text, runs) { return "a company id must not look like, or contain, a date (of birth)" }
    if isSocialSecurityNumber(text, runs, digits) {
      return "a company id must not look like a social security number (nine digits)"
    }
    if isPhoneNumber(text, runs, digits) { return "a company id must not look like a telephone number" }
    if isLabelled(text) { return "a company id must not look like a patient's or a record's number" }
    return nil
  }

  private struct Run {
    let digits: Substring
    /// What stands between this run and the next: `-` in `2025-01`.
    var gap = ""

    var value: Int { Int(digits) ?? 0 }
    var count: Int { digits.utf8.count }
  }

  private static func digitRuns(_ text: String) -> [Run] {
    var runs: [Run] = []
    var rest = text[...]
    while let start = rest.firstIndex(where: isDigit) {
      if let last = runs.indices.last { runs[last].gap = String(rest[..<start]) }
      rest = rest[start...]
      let digits = rest.prefix(while: isDigit)
      runs.append(Run(digits: digits))
      rest = rest[digits.endIndex...]
    }
    return runs
  }

  private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

  private static func isSeparator(_ text: String) -> Bool { ["-", ".", "_", ":"].contains(text) }

  private static func hasOnlyDigitsAndSeparators(_ text: String) -> Bool {
    text.allSatisfy { isDigit($0) || isSeparator(String($0)) || ["+", "(", ")", " "].contains($0) }
  }

  private static func isSocialSecurityNumber(_ text: String, _ runs: [Run], _ digits: Int) -> Bool {
    if digits == 9, hasOnlyDigitsAndSeparators(text) { return true }
    return triples(runs).contains { ($0.count, $1.count, $2.count) == (3, 2, 4) }
  }

  private static func isPhoneNumber(_ text: String, _ runs: [Run], _ digits: Int) -> Bool {
    if triples(runs).contains(where: { ($0.count, $1.count, $2.count) == (3, 3, 4) }) { return true }
    guard hasOnlyDigitsAndSeparators(text) else { return false }
    return (10...15).contains(digits) || (runs.map(\.count) == [3, 4])
  }

  /// Words that say of the digits behind them what they are.
  private static let labels: Set<String> = ["mrn", "ssn", "dob", "patient"]

  private static func isLabelled(_ text: String) -> Bool {
    var word = ""
    var isWhole = false
    for character in text.lowercased() {
      if isDigit(character) {
        if labels.contains(word) { return true }
        word = ""
      } else if isSeparator(String(character)) {
        isWhole = true
      } else {
        if isWhole { word = "" }
        isWhole = false
        word.append(character)
      }
    }
    return false
  }

  /// Eight digits are a date only where they are all there is: numbers of contracts have as many.
  private static func isDate(_ text: String, _ runs: [Run]) -> Bool {
    let isTriple = triples(runs).contains { first, second, third in
      isDay(year: first, second, third) || isDay(year: third, first, second)
    }
    return isTriple
      || runs.contains { run in
        guard run.count == 8, text.utf8.count == 8 else { return false }
        let (year, month, day) = (run.value / 10_000, run.value / 100 % 100, run.value % 100)
        return isYear(year) && (1...12).contains(month) && (1...31).contains(day)
      }
  }

  /// Three runs with single separators between them.
  private static func triples(_ runs: [Run]) -> [(Run, Run, Run)] {
    guard runs.count >= 3 else { return [] }
    return (0...(runs.count - 3)).compactMap { index in
      guard isSeparator(runs[index].gap), isSeparator(runs[index + 1].gap) else { return nil }
      return (runs[index], runs[index + 1], runs[index + 2])
    }
  }

  private static func isYear(_ value: Int) -> Bool { (1900...2099).contains(value) }

  /// Day and month in either order.
  private static func isDay(year: Run, _ one: Run, _ other: Run) -> Bool {
    guard year.count == 4, isYear(year.value), one.count <= 2, other.count <= 2 else { return false }
    let isDayAndMonth = (1...31).contains(one.value) && (1...12).contains(other.value)
    return isDayAndMonth || ((1...12).contains(one.value) && (1...31).contains(other.value))
  }
}
