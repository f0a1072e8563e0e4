/// A request's parameter as it was sent: text, or others by name. Lists have their places as names: `0`, `1`, or nothing.
indirect enum Parameter: Sendable {
  case text(String)
  case map([(name: String, value: Parameter)])

  /// Of a map; `nil` where there is none.
  subscript(_ name: String) -> Parameter? {
    guard case .map(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }
}
