import Billing
import Foundation
import JSON

/// As much of JSON Schema 2020-12 as the schemas of messages and procedure codes use. A keyword it does not know is an error, so that a schema
/// cannot say what nobody checks.
struct MessageSchema {
  struct UnknownKeyword: Error {
    let keyword: String
  }

  private let schema: JSONValue

  init(_ schema: JSONValue) throws {
    self.schema = schema
    try Self.checkKeywords(schema)
  }

  static func load(_ message: String) throws -> MessageSchema {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appending(path: "schemas/messages/\(message).schema.json")
    return try MessageSchema(try JSONValue.parse(Array(try Data(contentsOf: file))))
  }

  var examples: [JSONValue] {
    guard case .array(let examples) = schema["examples"] else { return [] }
    return examples
  }

  func accepts(_ value: JSONValue) throws -> Bool { try Self.accepts(value, schema) }

  private static let annotations: Set<String> = ["$schema", "$id", "title", "description", "examples"]
  private static let assertions: Set<String> = [
    "type", "required", "properties", "additionalProperties", "pattern", "minLength", "maxLength", "minimum",
    "exclusiveMaximum", "enum", "oneOf", "anyOf", "not", "items",
  ]

  private static func checkKeywords(_ schema: JSONValue) throws {
    guard case .object(let members) = schema else { return }
    for (keyword, value) in members where !annotations.contains(keyword) {
      guard assertions.contains(keyword) else { throw UnknownKeyword(keyword: keyword) }
      switch (keyword, value) {
      case ("properties", .object(let properties)): try properties.forEach { try checkKeywords($0.value) }
      case ("oneOf", .array(let choices)), ("anyOf", .array(let choices)): try choices.forEach(checkKeywords)
      case ("not", _), ("items", _): try checkKeywords(value)
      default: break
      }
    }
  }

  private static func accepts(_ value: JSONValue, _ schema: JSONValue) throws -> Bool {
    guard case .object(let keywords) = schema else { return schema == .bool(true) }
    for (keyword, rule) in keywords where !(try accepts(value, keyword, rule, in: schema)) { return false }
    return true
  }

  private static func accepts(
    _ value: JSONValue, _ keyword: String, _ rule: JSONValue, in schema: JSONValue
  ) throws -> Bool {
    switch (keyword, rule, value) {
    case ("type", .string(let type), _): return typeName(value) == type
    case ("type", .array(let types), _): return types.contains(.string(typeName(value)))
    case ("enum", .array(let values), _): return values.contains(value)
    case ("required", .array(let names), .object(let members)):
      return names.allSatisfy { name in members.contains { .string($0.key) == name } }
    case ("properties", .object(let properties), _):
      return try properties.allSatisfy { property in
        try value[property.key].map { try accepts($0, property.value) } ?? true
      }
    case ("additionalProperties", .bool(false), .object(let members)):
      return members.allSatisfy { schema["properties"]?[$0.key] != nil }
    case ("pattern", .string(let pattern), .string(let text)):
      return try Regex(pattern).matchingSemantics(.unicodeScalar).firstMatch(in: text) != nil
    case ("minLength", .number(let limit), .string(let text)): return text.unicodeScalars.count >= Int(limit) ?? 0
    case ("maxLength", .number(let limit), .string(let text)): return text.unicodeScalars.count <= Int(limit) ?? 0
    case ("minimum", .number(let limit), .number(let digits)): return !isLess(digits, limit)
    case ("exclusiveMaximum", .number(let limit), .number(let digits)): return isLess(digits, limit)
    case ("anyOf", .array(let choices), _): return try choices.contains { try accepts(value, $0) }
    case ("oneOf", .array(let choices), _): return try choices.filter { try accepts(value, $0) }.count == 1
    case ("not", _, _): return !(try accepts(value, rule))
    case ("items", _, .array(let elements)): return try elements.allSatisfy { try accepts($0, rule) }
    default: return true
    }
  }

  private static func typeName(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// Exact where a quantity can hold both, and otherwise so far apart that floating point will do.
  private static func isLess(_ left: String, _ right: String) -> Bool {
    if let left = Quantity(left), let right = Quantity(right) { return left < right }
    return (Double(left) ?? .infinity) < (Double(right) ?? .infinity)
  }
}
