extension String: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .text }
  public static var postgreSQLArrayType: PostgreSQLType { .textArray }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(utf8: self) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> String {
    let bytes = try cell.bytesOfText()
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Bool: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .bool }
  public static var postgreSQLArrayType: PostgreSQLType { .boolArray }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(UInt8(self ? 1 : 0)) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Bool {
    guard cell.type == .bool else { throw cell.mismatch("bool") }
    let bytes = try cell.valueBytes()
    guard let first = bytes.first, bytes.count == 1 else { throw cell.mismatch("bool") }
    return cell.isText ? first == UInt8(ascii: "t") : first != 0
  }
}

extension Int16: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .int2 }
  public static var postgreSQLArrayType: PostgreSQLType { .int2Array }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(self) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Int16 { try cell.integer() }
}

extension Int32: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .int4 }
  public static var postgreSQLArrayType: PostgreSQLType { .int4Array }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(self) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Int32 { try cell.integer() }
}

extension Int64: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .int8 }
  public static var postgreSQLArrayType: PostgreSQLType { .int8Array }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(self) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Int64 { try cell.integer() }
}

/// Travels as `bigint`.
extension Int: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .int8 }
  public static var postgreSQLArrayType: PostgreSQLType { .int8Array }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(Int64(self)) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Int { try cell.integer() }
}

/// `[UInt8]` is `bytea`; a single byte has no type of its own on the server.
extension UInt8: PostgreSQLArrayElement {
  public static var postgreSQLArrayType: PostgreSQLType { .bytea }
  public static func encodeArray(_ elements: [UInt8], into buffer: inout BinaryBuffer) { buffer.append(elements) }
  public static func decodeArray(_ cell: Cell) throws(PostgreSQLError) -> [UInt8] {
    guard cell.type == .bytea else { throw cell.mismatch("bytea") }
    let bytes = try cell.valueBytes()
    if !cell.isText { return Array(bytes) }
    guard bytes.count % 2 == 0, bytes.starts(with: "\\x".utf8) else { throw cell.mismatch("bytea") }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count / 2)
    for index in stride(from: 2, to: bytes.count, by: 2) {
      guard let high = Character(UnicodeScalar(bytes[index])).hexDigitValue,
        let low = Character(UnicodeScalar(bytes[index + 1])).hexDigitValue
      else { throw cell.mismatch("bytea") }
      result.append(UInt8(high * 16 + low))
    }
    return result
  }
}

extension Numeric: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .numeric }
  public static var postgreSQLArrayType: PostgreSQLType { .numericArray }
  public func encode(into buffer: inout BinaryBuffer) { write(into: &buffer) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Numeric {
    guard cell.type == .numeric else { return Numeric(unscaled: Int128(try Int64.decode(cell))) }
    let bytes = try cell.valueBytes()
    if cell.isText {
      guard let value = Numeric(String(decoding: bytes, as: UTF8.self)) else { throw cell.mismatch("an exact number") }
      return value
    }
    do throws(DecodeFailure) {
      return try Numeric(binary: bytes)
    } catch {
      switch error {
      case .malformed: throw cell.mismatch("numeric")
      case .notFinite: throw PostgreSQLError(.decoding, "\(cell.place) is not a finite number")
      case .tooLarge: throw PostgreSQLError(.decoding, "\(cell.place) has too many digits")
      }
    }
  }
}

extension Timestamp: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .timestamptz }
  public static var postgreSQLArrayType: PostgreSQLType { .timestamptzArray }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(serverMicroseconds) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Timestamp {
    guard cell.type == .timestamptz || cell.type == .timestamp else { throw cell.mismatch("an instant") }
    let bytes = try cell.valueBytes()
    let value =
      if cell.isText { Timestamp(text: String(decoding: bytes, as: UTF8.self)) } else if bytes.count == 8 {
        Timestamp(serverMicroseconds: bytes.int64(at: 0))
      } else { Timestamp?.none }
    guard let value else { throw cell.mismatch("a finite instant") }
    return value
  }
}

extension Date32: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .date }
  public static var postgreSQLArrayType: PostgreSQLType { .dateArray }
  public func encode(into buffer: inout BinaryBuffer) { buffer.append(serverDays) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Date32 {
    guard cell.type == .date else { throw cell.mismatch("date") }
    let bytes = try cell.valueBytes()
    let value =
      if cell.isText { Date32(text: String(decoding: bytes, as: UTF8.self)) } else if bytes.count == 4 {
        Date32(serverDays: bytes.int32(at: 0))
      } else { Date32?.none }
    guard let value else { throw cell.mismatch("a finite date") }
    return value
  }
}
