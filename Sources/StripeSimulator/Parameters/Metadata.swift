import JSON

/// What the sender keeps with an object.
struct Metadata: Sendable {
  private var values: [(name: String, value: String)] = []

  var dictionary: [String: String] { Dictionary(values.map { ($0.name, $0.value) }) { _, last in last } }

  subscript(_ name: String) -> String? { values.first { $0.name == name }?.value }

  /// Sets what was sent: an empty value takes a name away, an empty `metadata` all of them.
  mutating func apply(_ parameters: Parameters) throws(StripeFailure) {
    if parameters.isUnset("metadata") { values = [] }
    for (name, value) in parameters.pairs("metadata") {
      values.removeAll { $0.name == name }
      if !value.isEmpty { values.append((name, value)) }
    }
    guard values.count <= 50 else {
      throw .invalidRequest(
        "You can have up to 50 metadata keys, and you passed in \(values.count).",
        param: parameters.name(of: "metadata"))
    }
  }

  func write(to json: inout JSONWriter) {
    json.key("metadata")
    json.object { for (name, value) in values { $0.field(name, value) } }
  }

  static func check(_ members: [(name: String, value: Parameter)], _ path: String) throws(StripeFailure) {
    guard members.count <= 50 else {
      throw .invalidRequest("You can have up to 50 metadata keys, and you passed in \(members.count).", param: path)
    }
    for member in members {
      guard !member.name.isEmpty, member.name.unicodeScalars.count <= 40 else {
        throw .invalidRequest(
          "Metadata keys must be between 1 and 40 characters, and you passed in \(member.name.unicodeScalars.count).",
          param: path)
      }
      guard !member.name.contains("["), !member.name.contains("]") else {
        throw .invalidRequest("Metadata keys can't contain square brackets.", param: path)
      }
      guard case .text(let value) = member.value, value.unicodeScalars.count <= 500 else {
        throw .invalidRequest(
          "Metadata values can have up to 500 characters, and you passed in a longer one.",
          param: "\(path)[\(member.name)]")
      }
    }
  }
}
