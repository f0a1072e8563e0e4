/// Parameters that were checked: what is asked for by a name has the form of its rule.
struct Parameters: Sendable {
  fileprivate let members: [(name: String, value: Parameter)]
  private let path: String

  init(members: [(name: String, value: Parameter)] = [], path: String = "") {
    self.members = members
    self.path = path
  }

  /// How an error names a parameter: `period[start]`.
  func name(of member: String) -> String { path.isEmpty ? member : "\(path)[\(member)]" }

  func has(_ name: String) -> Bool { members.contains { $0.name == name } }

  /// Whether an empty text was sent, which unsets.
  func isUnset(_ name: String) -> Bool {
    guard case .text("") = value(name) else { return false }
    return true
  }

  /// `nil` for none and for an empty one.
  func text(_ name: String) -> String? {
    guard case .text(let text) = value(name), !text.isEmpty else { return nil }
    return text
  }

  func integer(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

  func decimal(_ name: String) -> Decimal? { text(name).flatMap { Decimal($0) } }

  func bool(_ name: String) -> Bool? { text(name).map { $0 == "true" } }

  func object(_ name: String) -> Parameters? {
    guard case .map(let members) = value(name) else { return nil }
    return Parameters(members: members, path: self.name(of: name))
  }

  func objects(_ name: String) -> [Parameters] {
    guard case .map(let members) = value(name) else { return [] }
    return members.enumerated().map { index, member in
      guard case .map(let inner) = member.value else { return Parameters() }
      return Parameters(members: inner, path: "\(self.name(of: name))[\(index)]")
    }
  }

  /// A list's elements, or a map's values.
  func texts(_ name: String) -> [String] { pairs(name).map(\.value) }

  /// A map's texts by name, in order.
  func pairs(_ name: String) -> [(name: String, value: String)] {
    guard case .map(let members) = value(name) else { return [] }
    return members.compactMap { member in
      guard case .text(let text) = member.value else { return nil }
      return (member.name, text)
    }
  }

  /// `nil` when there is none.
  func range(_ name: String) -> TimeRange? {
    if let exact = integer(name) { return TimeRange(first: exact, last: exact) }
    guard let bounds = object(name) else { return nil }
    let lower = [bounds.integer("gte"), bounds.integer("gt").map { $0 + 1 }].compactMap { $0 }.max()
    let upper = [bounds.integer("lte"), bounds.integer("lt").map { $0 - 1 }].compactMap { $0 }.min()
    return TimeRange(first: lower ?? .min, last: upper ?? .max)
  }

  private func value(_ name: String) -> Parameter? { members.first { $0.name == name }?.value }
}
