import JSON

/// What there is to tell of an act: named values, in the order in which they were given. Names and values are of this
/// program, or of types that may stand in the log.
public struct AuditFacts: Sendable {
  private var members: [(key: String, value: JSONValue)] = []

  init() {}

  /// A value; nothing when there is none.
  public mutating func set(_ name: StaticString, _ value: (some AuditValue)?) {
    guard let value else { return }
    members.append((name.description, Self.json(value)))
  }

  /// A word of this program.
  public mutating func set(_ name: StaticString, _ word: StaticString) {
    members.append((name.description, Self.json(word)))
  }

  public mutating func set(_ name: StaticString, _ flag: Bool) { members.append((name.description, .bool(flag))) }

  public mutating func set(_ name: StaticString, list: [some AuditValue]) {
    members.append((name.description, .array(list.map(Self.json))))
  }

  /// Facts of several things.
  public mutating func set<Thing>(
    _ name: StaticString, each things: [Thing], _ describe: (Thing, inout AuditFacts) -> Void
  ) {
    let described = things.map { thing in
      var facts = AuditFacts()
      describe(thing, &facts)
      return JSONValue.object(facts.members)
    }
    members.append((name.description, .array(described)))
  }

  /// One JSON object without any space.
  var text: String {
    var json = JSONWriter()
    json.value(.object(members))
    return json.text
  }

  private static func json<Value: AuditValue>(_ value: Value) -> JSONValue {
    Value.isNumberInAudit ? .number(value.auditText) : .string(value.auditText)
  }
}
