import JSON

/// A message's body without what it says: enough to see what is wrong with its form, nothing of whom it is about.
///
/// Every string and number gives way to its type and length. Keys are kept only where they are the schemas' own: in
/// another object, `metadata` say, a key may itself be a name.
public enum MaskedBody {
  private static let rootKeys: Set<String> = [
    "usageId", "companyId", "metric", "usageType", "quantity", "timestamp", "userId", "subscriptionId", "subjectId",
    "metadata", "reason", "eventId", "type", "occurredAt", "order", "patient", "charge",
  ]
  private static let nestedKeys: [String: Set<String>] = [
    "order": ["orderId", "modality", "cptCode"],
    "patient": ["patientId"],
    "charge": ["chargeId", "kind", "amount", "currency"],
  ]

  /// The masked body, indented; for what is no JSON, its length and what is wrong with it.
  public static func text(of body: [UInt8]) -> String {
    let document: JSONValue
    do {
      document = try JSONValue.parse(body)
    } catch {
      // A path could name a key of the message; the code and the place cannot.
      return "<\(body.count) bytes, not readable as JSON: \(error.code.rawValue) at byte \(error.offset)>"
    }
    var json = JSONWriter(.pretty)
    json.value(masked(document, keys: rootKeys, isRoot: true))
    return json.text
  }

  private static func masked(_ value: JSONValue, keys: Set<String>, isRoot: Bool) -> JSONValue {
    switch value {
    case .null, .bool: value
    case .number(let digits): .string("<number of \(digits.utf8.count) characters>")
    case .string(let text): .string("<string of \(text.unicodeScalars.count) characters>")
    case .array(let elements): .array(elements.map { masked($0, keys: [], isRoot: false) })
    case .object(let members): .object(masked(members, keys: keys, isRoot: isRoot))
    }
  }

  private static func masked(
    _ members: [(key: String, value: JSONValue)], keys: Set<String>, isRoot: Bool
  ) -> [(key: String, value: JSONValue)] {
    members.enumerated().map { index, member in
      let nested = isRoot ? nestedKeys[member.key] ?? [] : []
      let value = masked(member.value, keys: nested, isRoot: false)
      guard !keys.contains(member.key) else { return (member.key, value) }
      return ("<key \(index + 1), \(member.key.unicodeScalars.count) characters>", value)
    }
  }
}
