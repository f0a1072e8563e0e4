import Billing
import JSON

/// Reads fields of JSON objects and collects a mistake with its path for each that is missing or breaks its rule.
struct FieldReader {
  struct Object {
    let path: String
    fileprivate let values: [String: JSONValue]

    /// Whether the field is there; `null` is as good as absent.
    func has(_ field: String) -> Bool { values[field] != nil }

    func path(of field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }
  }

  private(set) var mistakes: [CatalogMistake] = []

  mutating func mistake(_ path: String, _ rule: String) { mistakes.append(CatalogMistake(path: path, rule: rule)) }

  /// `nil` when the value is no object. Fields that are not `known` are named.
  mutating func object(_ value: JSONValue, at path: String, known: [String]) -> Object? {
    guard case .object(let fields) = value else {
      mistake(path, "an object")
      return nil
    }
    var values: [String: JSONValue] = [:]
    for (key, value) in fields {
      let fieldPath = path.isEmpty ? key : "\(path).\(key)"
      guard known.contains(key) else {
        mistake(fieldPath, "no such field")
        continue
      }
      if case .null = value { continue }
      values[key] = value
    }
    return Object(path: path, values: values)
  }

  /// The elements of a list with their paths; none when it is missing or no list, which is named.
  mutating func array(_ object: Object, _ field: String) -> [(path: String, value: JSONValue)] {
    let path = object.path(of: field)
    guard case .array(let elements) = object.values[field] else {
      mistake(path, "a list")
      return []
    }
    return elements.enumerated().map { ("\(path)[\($0.offset)]", $0.element) }
  }

  mutating func text(_ value: JSONValue, at path: String) -> String? {
    guard case .string(let text) = value else {
      mistake(path, "a text")
      return nil
    }
    return text
  }

  mutating func required<Value>(
    _ object: Object, _ field: String, _ rule: String, _ read: (String) -> Value?
  ) -> Value? {
    guard object.has(field) else {
      mistake(object.path(of: field), rule)
      return nil
    }
    return optional(object, field, rule, read)
  }

  mutating func optional<Value>(
    _ object: Object, _ field: String, _ rule: String, _ read: (String) -> Value?
  ) -> Value? {
    guard let value = object.values[field] else { return nil }
    guard case .string(let text) = value, let result = read(text) else {
      mistake(object.path(of: field), rule)
      return nil
    }
    return result
  }

  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ object: Object, _ field: String, _ type: Value.Type
  ) -> Value? {
    required(object, field, Self.rule(type)) { Value(rawValue: $0) }
  }

  mutating func optionalChoice<Value: RawRepresentable<String> & CaseIterable>(
    _ object: Object, _ field: String, _ type: Value.Type
  ) -> Value? {
    optional(object, field, Self.rule(type)) { Value(rawValue: $0) }
  }

  mutating func requiredDecimal<Value>(
    _ object: Object, _ field: String, _ rule: String, _ read: (Span<UInt8>) -> Value?
  ) -> Value? {
    guard object.has(field) else {
      mistake(object.path(of: field), rule)
      return nil
    }
    return optionalDecimal(object, field, rule, read)
  }

  mutating func optionalDecimal<Value>(
    _ object: Object, _ field: String, _ rule: String, _ read: (Span<UInt8>) -> Value?
  ) -> Value? {
    guard let value = object.values[field] else { return nil }
    return decimal(value, at: object.path(of: field), rule, read)
  }

  /// A JSON number or a text with the same grammar, by its digits.
  mutating func decimal<Value>(
    _ value: JSONValue, at path: String, _ rule: String, _ read: (Span<UInt8>) -> Value?
  ) -> Value? {
    switch value {
    case .number(let digits), .string(let digits):
      let bytes = Array(digits.utf8)
      if let result = read(bytes.span) { return result }
    case .null, .bool, .array, .object: break
    }
    mistake(path, rule)
    return nil
  }

  /// `false` when the field is absent.
  mutating func flag(_ object: Object, _ field: String) -> Bool {
    guard let value = object.values[field] else { return false }
    guard case .bool(let flag) = value else {
      mistake(object.path(of: field), "true or false")
      return false
    }
    return flag
  }

  private static func rule<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> String {
    "one of " + type.allCases.map(\.rawValue).joined(separator: ", ")
  }
}
