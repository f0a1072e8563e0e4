/// One value of a row, or one element of an array, not yet decoded. It keeps the result it belongs to alive.
public struct Cell {
  /// What the server says the value is.
  public let type: PostgreSQLType
  /// Whether the value is in text form, as the results of `executeReturningLast` are.
  public let isText: Bool

  private let result: ResultStorage
  private let bytes: UnsafeRawBufferPointer?
  private let column: Int

  init(_ result: ResultStorage, row: Int, column: Int) {
    self.result = result
    self.column = column
    type = result.type(of: column)
    isText = result.isText(column)
    bytes = result.bytes(row: row, column: column)
  }

  private init(
    _ result: ResultStorage, column: Int, type: PostgreSQLType, isText: Bool, bytes: UnsafeRawBufferPointer?
  ) {
    self.result = result
    self.column = column
    self.type = type
    self.isText = isText
    self.bytes = bytes
  }

  public var isNull: Bool { bytes == nil }

  /// The part of an array's bytes that is one element; a negative length is null.
  func element(_ type: PostgreSQLType, at offset: Int, length: Int) -> Cell {
    let part = length < 0 ? nil : bytes.map { UnsafeRawBufferPointer(rebasing: $0[offset..<offset + length]) }
    return Cell(result, column: column, type: type, isText: isText, bytes: part)
  }

  /// For messages: names the column, never the value.
  var place: String { "column \"\(result.columnName(column))\"" }

  func mismatch(_ wanted: String) -> PostgreSQLError {
    PostgreSQLError(.decoding, "\(place) (type \(type.rawValue)) cannot be read as \(wanted)")
  }

  func valueBytes() throws(PostgreSQLError) -> UnsafeRawBufferPointer {
    guard let bytes else { throw PostgreSQLError(.decoding, "\(place) is null") }
    return bytes
  }

  func binary(_ wanted: String) throws(PostgreSQLError) -> UnsafeRawBufferPointer {
    let bytes = try valueBytes()
    if isText { throw PostgreSQLError(.decoding, "\(place) is in text form; read \(wanted) through query") }
    return bytes
  }

  /// The UTF-8 of a type whose binary form is its text, or of any type in text form.
  func bytesOfText() throws(PostgreSQLError) -> UnsafeRawBufferPointer {
    let bytes = try valueBytes()
    if isText { return bytes }
    switch type {
    case .text, .varchar, .bpchar, .name, .json, .unknown, .char: return bytes
    case .jsonb:
      guard bytes.first == 1 else { throw mismatch("text") }
      return UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
    default:
      if type.isUserDefined { return bytes }
      throw mismatch("text")
    }
  }

  /// Any of the server's integers, where it fits.
  func integer<T: FixedWidthInteger>() throws(PostgreSQLError) -> T {
    let bytes = try valueBytes()
    let wide: Int64?
    if isText {
      wide = Int64(String(decoding: bytes, as: UTF8.self))
    } else {
      switch (type, bytes.count) {
      case (.int8, 8): wide = bytes.int64(at: 0)
      case (.int4, 4): wide = Int64(bytes.int32(at: 0))
      case (.int2, 2): wide = Int64(bytes.int16(at: 0))
      case (.oid, 4): wide = Int64(UInt32(bitPattern: bytes.int32(at: 0)))
      default: wide = nil
      }
    }
    guard let wide, let value = T(exactly: wide) else { throw mismatch("\(T.self)") }
    return value
  }
}
