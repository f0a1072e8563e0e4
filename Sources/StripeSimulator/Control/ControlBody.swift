import JSON

/// A control request's JSON object.
struct ControlBody {
  private let value: JSONValue

  /// An empty body is an empty object.
  init(_ bytes: [UInt8]) throws(Control.Mistake) {
    do throws(JSONError) {
      value = bytes.isEmpty ? .object([]) : try JSONValue.parse(bytes)
    } catch {
      throw Control.Mistake(reason: "the body is not JSON: \(error)")
    }
    guard value.kind == .object else { throw Control.Mistake(reason: "the body must be an object") }
  }

  private init(_ value: JSONValue) { self.value = value }

  /// Anything else is a mistake.
  func allow(_ names: [String]) throws(Control.Mistake) {
    guard case .object(let members) = value else { return }
    for member in members where !names.contains(member.key) {
      throw Control.Mistake(reason: "unknown field \(member.key); known are \(names.joined(separator: ", "))")
    }
  }

  func has(_ name: String) -> Bool { value[name] != nil }

  func isNull(_ name: String) -> Bool { value[name]?.kind == .null }

  func text(_ name: String) throws(Control.Mistake) -> String? {
    switch value[name] {
    case nil, .null?: return nil
    case .string(let text)?: return text
    default: throw Control.Mistake(reason: "\(name) must be text")
    }
  }

  func bool(_ name: String) throws(Control.Mistake) -> Bool? {
    switch value[name] {
    case nil: return nil
    case .bool(let value)?: return value
    default: throw Control.Mistake(reason: "\(name) must be true or false")
    }
  }

  func integer(_ name: String) throws(Control.Mistake) -> Int? {
    switch value[name] {
    case nil, .null?: return nil
    case .number(let digits)?:
      guard let number = Int(digits) else { throw Control.Mistake(reason: "\(name) must be a whole number") }
      return number
    default: throw Control.Mistake(reason: "\(name) must be a whole number")
    }
  }

  /// A number in millionths: seconds in microseconds, a share in parts of a million.
  func microseconds(_ name: String) throws(Control.Mistake) -> Int64? {
    guard let value = value[name] else { return nil }
    guard case .number(let digits) = value, let decimal = Decimal(digits) else {
      throw Control.Mistake(reason: "\(name) must be a number")
    }
    return Int64(clamping: decimal.units / 1_000_000_000)
  }

  /// Seconds since 1970, or RFC 3339.
  func time(_ name: String) throws(Control.Mistake) -> Int64? {
    if case .string(let text)? = value[name] {
      guard let time = Timestamp.read(text) else {
        throw Control.Mistake(reason: "\(name) must be seconds since 1970 or a timestamp of RFC 3339")
      }
      return time
    }
    return try microseconds(name)
  }

  func object(_ name: String) throws(Control.Mistake) -> ControlBody? {
    guard let member = value[name] else { return nil }
    guard member.kind == .object else { throw Control.Mistake(reason: "\(name) must be an object") }
    return ControlBody(member)
  }

  func objects(_ name: String) throws(Control.Mistake) -> [ControlBody]? {
    guard let member = value[name] else { return nil }
    guard case .array(let elements) = member, elements.allSatisfy({ $0.kind == .object }) else {
      throw Control.Mistake(reason: "\(name) must be a list of objects")
    }
    return elements.map { ControlBody($0) }
  }
}
