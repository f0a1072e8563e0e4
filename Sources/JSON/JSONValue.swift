/// A JSON document as a tree, for configuration and answers; messages go through ``JSONReader``.
///
/// Numbers are kept as their digits and never become floating point. Members keep their order.
public indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// The number's text as it stands in the document: `800.00`, `1e2`.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// Reads a whole document.
  ///
  /// - Throws: what ``JSONReader`` throws, here for names at every depth, with line and column; and `unpairedSurrogate`
  ///   for strings and names that are no Unicode text.
  public static func parse(
    _ bytes: [UInt8], maximumDepth: Int = JSONReader.defaultMaximumDepth
  ) throws(JSONError) -> JSONValue {
    let reader = try JSONReader(maximumDepth: maximumDepth)
    do throws(JSONError) {
      try reader.read(bytes.span, all: true)
      guard let root = reader.root else { throw JSONError(.malformed) }
      return try value(of: root, in: reader)
    } catch {
      let before = bytes.prefix(error.offset)
      let newline = UInt8(ascii: "\n")
      let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
      let path = error.code == .duplicateKey ? reader.duplicateField.map { Self.path(to: $0, in: reader) } : nil
      throw JSONError(
        error.code, offset: error.offset, line: before.count { $0 == newline } + 1,
        column: before.count - lineStart + 1, path: path ?? error.path)
    }
  }

  public var kind: JSONKind {
    switch self {
    case .null: .null
    case .bool(let value): value ? .true : .false
    case .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  /// An object's member of that name; `nil` when it has none or this is no object.
  public subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// Recursion ends at the reader's depth limit.
  private static func value(of field: JSONReader.Field, in reader: JSONReader) throws(JSONError) -> JSONValue {
    switch field.kind {
    case .null: return .null
    case .false: return .bool(false)
    case .true: return .bool(true)
    case .number: return .number(String(decoding: reader.rawText(of: field), as: UTF8.self))
    case .string:
      do throws(JSONError) {
        return .string(try reader.string(field))
      } catch {
        throw JSONError(error.code, offset: error.offset, path: path(to: field, in: reader))
      }
    case .array:
      var elements: [JSONValue] = []
      for child in reader.children(of: field) { elements.append(try value(of: child, in: reader)) }
      return .array(elements)
    case .object:
      var members: [(key: String, value: JSONValue)] = []
      for child in reader.children(of: field) {
        guard let key = reader.key(of: child) else {
          throw JSONError(.unpairedSurrogate, offset: reader.offset(of: child), path: path(to: field, in: reader))
        }
        members.append((key, try value(of: child, in: reader)))
      }
      return .object(members)
    }
  }

  private static func path(to field: JSONReader.Field, in reader: JSONReader) -> String {
    guard let parent = reader.parent(of: field) else { return "$" }
    let front = path(to: parent, in: reader)
    if let key = reader.key(of: field) { return front + "." + key }
    return front + "[\(reader.children(of: parent).firstIndex(of: field) ?? 0)]"
  }
}

extension JSONValue: Equatable {
  /// Equal documents: same kinds, same order of members, numbers digit for digit.
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)):
      left.elementsEqual(right) { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value }
    default: false
    }
  }
}
