import CSimdJSON

/// Reads JSON documents strictly and hands out their fields without building a tree; for messages, tens of thousands a
/// second.
///
/// Every document is checked whole, also where no field is asked for: UTF-8, the grammar of numbers and escapes, nothing
/// after the document, no unescaped control character, no deeper nesting than the limit, no name twice in the root object
/// or in an object directly inside it. Whether a number fits a type is not the grammar's matter: 10^400 is legal, and so
/// are `\u0000` and a lone surrogate `\ud800` in a string. They are refused only where such a field is read as text
/// (lone surrogates) or by the rules of who reads it.
///
/// The reader copies the document and reuses its buffers. It belongs to one thread. A ``Field`` is good until the next
/// `read`; later it names another field or none, but never memory that is gone.
public final class JSONReader {
  /// A value in the document last read.
  public struct Field: Hashable, Sendable {
    public let kind: JSONKind
    let index: UInt32
  }

  public static let defaultMaximumDepth = 64

  private let handle: OpaquePointer

  /// - Parameter maximumDepth: how many objects and arrays may stand in one another, the root included.
  public init(maximumDepth: Int = defaultMaximumDepth) throws(JSONError) {
    guard let handle = json_reader_create(UInt32(clamping: maximumDepth)) else { throw JSONError(.outOfMemory) }
    self.handle = handle
  }

  deinit { json_reader_destroy(handle) }

  /// Reads a document in place of the one before.
  ///
  /// After `duplicateKey` the fields can be read all the same, so that the caller can say which name it is.
  public func read(_ document: Span<UInt8>) throws(JSONError) {
    try read(document, all: false)
  }

  /// Reads a document in place of the one before.
  public func read(_ document: [UInt8]) throws(JSONError) {
    try read(document.span, all: false)
  }

  /// Reads a document in place of the one before.
  ///
  /// - Parameter all: also makes fields of what lies deeper than the members of the root's members: elements of arrays,
  ///   and what they hold. Names are then checked at every depth.
  public func read(_ document: Span<UInt8>, all: Bool) throws(JSONError) {
    var offset: UInt32 = 0
    let error = document.withUnsafeBufferPointer { bytes in
      json_reader_read(handle, bytes.baseAddress, bytes.count, all, &offset)
    }
    guard error != JSON_OK else { return }
    throw JSONError(Self.code(of: error), offset: Int(offset))
  }

  /// The document itself.
  public var root: Field? { field(at: 0) }

  /// The root object's field of that name.
  @inline(__always)
  public func field(_ name: StaticString) -> Field? { field(name, inNode: 0) }

  /// The field of that name in an object directly inside the root object, or in any where all were read.
  @inline(__always)
  public func field(_ name: StaticString, in parent: Field) -> Field? { field(name, inNode: parent.index) }

  private func field(_ name: StaticString, inNode parent: UInt32) -> Field? {
    guard name.hasPointerRepresentation else { return nil }
    let index = json_reader_find(handle, parent, name.utf8Start, name.utf8CodeUnitCount)
    return field(at: index)
  }

  /// The root object's fields in the order of the document.
  public var fields: [Field] { root.map(children) ?? [] }

  /// The members of an object directly inside the root object, in the order of the document; where all were read, of any
  /// object, and the elements of any array.
  public func children(of parent: Field) -> [Field] {
    var fields: [Field] = []
    var next = json_reader_node(handle, parent.index)?.pointee.first_child ?? noNode
    while let node = json_reader_node(handle, next) {
      if let field = field(at: next) { fields.append(field) }
      next = node.pointee.next
    }
    return fields
  }

  /// The field's name unescaped; `nil` for the root, for elements of arrays and for names that are no Unicode text.
  public func key(of field: Field) -> String? {
    guard let node = json_reader_node(handle, field.index)?.pointee, !node.key_is_ill_formed, let key = node.key else {
      return nil
    }
    return String(decoding: UnsafeBufferPointer(start: key, count: Int(node.key_length)), as: UTF8.self)
  }

  /// Whether the value is text with escapes, so that its raw text is not what it stands for.
  public func isEscaped(_ field: Field) -> Bool { json_reader_node(handle, field.index)?.pointee.is_escaped ?? false }

  /// Lends the value's text as it stands in the document: a number's digits, a string's text between the quotes with its
  /// escapes, an object or array with its brackets. `body` must not use the reader.
  @inline(__always)
  public func withRawText<Result, Failure: Error>(
    of field: Field, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var total: UInt32 = 0
    guard let text = json_reader_text(handle, &total), let node = json_reader_node(handle, field.index)?.pointee else {
      return try body(Span())
    }
    return try body(UnsafeBufferPointer(start: text + Int(node.start), count: Int(node.length)).span)
  }

  /// The value's text as it stands in the document.
  public func rawText(of field: Field) -> [UInt8] {
    var total: UInt32 = 0
    guard let text = json_reader_text(handle, &total), let node = json_reader_node(handle, field.index)?.pointee else {
      return []
    }
    return Array(UnsafeBufferPointer(start: text + Int(node.start), count: Int(node.length)))
  }

  /// How many bytes the value takes in the document, a string's quotes aside.
  public func rawLength(of field: Field) -> Int {
    Int(json_reader_node(handle, field.index)?.pointee.length ?? 0)
  }

  /// Lends a string's unescaped UTF-8; `nil` when the field is no string or, by a lone surrogate, no Unicode text.
  ///
  /// `body` must not use the reader.
  @inline(__always)
  public func withString<Result, Failure: Error>(
    of field: Field, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    var length: UInt32 = 0
    guard let text = json_reader_string(handle, field.index, &length) else { return nil }
    return try body(UnsafeBufferPointer(start: text, count: Int(length)).span)
  }

  /// A string's unescaped text.
  ///
  /// - Throws: `wrongKind` when the field is no string, `unpairedSurrogate` when it is no Unicode text.
  public func string(_ field: Field) throws(JSONError) -> String {
    var length: UInt32 = 0
    guard let text = json_reader_string(handle, field.index, &length) else {
      let offset = Int(json_reader_node(handle, field.index)?.pointee.start ?? 0)
      throw JSONError(field.kind == .string ? .unpairedSurrogate : .wrongKind, offset: offset)
    }
    return String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
  }

  /// After `duplicateKey`: which of `names` it is, as the root's field or as the one whose object holds the duplicate;
  /// `nil` for other names.
  public func duplicate(among names: [StaticString]) -> StaticString? {
    var index = json_reader_duplicate(handle)
    while let node = json_reader_node(handle, index), node.pointee.parent != 0 { index = node.pointee.parent }
    guard let node = json_reader_node(handle, index)?.pointee, let key = node.key else { return nil }
    let bytes = UnsafeBufferPointer(start: key, count: Int(node.key_length))
    return names.first { name in name.withUTF8Buffer { $0.elementsEqual(bytes) } }
  }

  private func field(at index: UInt32) -> Field? {
    guard let node = json_reader_node(handle, index), let kind = JSONKind(rawValue: node.pointee.kind) else {
      return nil
    }
    return Field(kind: kind, index: index)
  }

  private static func code(of error: json_error) -> JSONError.Code {
    switch error {
    case JSON_NOT_UTF8: .notUTF8
    case JSON_TOO_DEEP: .tooDeep
    case JSON_DUPLICATE_KEY: .duplicateKey
    case JSON_TOO_LARGE: .tooLarge
    case JSON_NO_MEMORY: .outOfMemory
    default: .malformed
    }
  }
}

/// The C header's `JSON_NONE`.
private let noNode = UInt32.max

// MARK: - For JSONValue

extension JSONReader {
  func offset(of field: Field) -> Int { Int(json_reader_node(handle, field.index)?.pointee.start ?? 0) }

  var duplicateField: Field? { field(at: json_reader_duplicate(handle)) }

  func parent(of field: Field) -> Field? {
    json_reader_node(handle, field.index).flatMap { self.field(at: $0.pointee.parent) }
  }
}
