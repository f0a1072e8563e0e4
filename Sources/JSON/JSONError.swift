/// Why a text is not taken as JSON. It carries positions and the names the document's author chose for keys, never a
/// value.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// Not JSON by RFC 8259, or something follows the document.
    case malformed = "malformed_json"
    /// The bytes are not UTF-8.
    case notUTF8 = "not_utf8"
    /// Objects and arrays stand in one another deeper than the reader allows.
    case tooDeep = "too_deep"
    /// An object names a member twice.
    case duplicateKey = "duplicate_field"
    /// More than 2^30 bytes.
    case tooLarge = "too_large"
    /// A string whose `\u` escapes name half of a surrogate pair: legal JSON, but no Unicode text.
    case unpairedSurrogate = "unpaired_surrogate"
    /// The value is of another kind than asked for, or there is none.
    case wrongKind = "wrong_type"
    /// The memory for the reader's buffers was refused.
    case outOfMemory = "out_of_memory"
  }

  public let code: Code
  /// The byte near which it was found, from 0.
  public let offset: Int
  /// Line and column (in bytes) of `offset`, both from 1; `nil` for messages, which have one line.
  public let line: Int?
  public let column: Int?
  /// The keys and indexes that lead to the place, `$.plans[0].id`; empty when unknown.
  public let path: String

  public init(_ code: Code, offset: Int = 0, line: Int? = nil, column: Int? = nil, path: String = "") {
    self.code = code
    self.offset = offset
    self.line = line
    self.column = column
    self.path = path
  }

  public var description: String {
    var text = code.rawValue
    if let line, let column {
      text += " at line \(line), column \(column)"
    } else {
      text += " at byte \(offset)"
    }
    return path.isEmpty ? text : text + " (\(path))"
  }
}
