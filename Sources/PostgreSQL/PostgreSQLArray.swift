/// The binary form of one-dimensional arrays: dimensions, whether there are nulls, the element's type, the size, the lower
/// bound, then a length (-1 for null) and the bytes of each (`array_send` in the server's arrayfuncs.c).
extension Array: PostgreSQLEncodable where Element: PostgreSQLArrayElement {
  public static var postgreSQLType: PostgreSQLType { Element.postgreSQLArrayType }
  public func encode(into buffer: inout BinaryBuffer) { Element.encodeArray(self, into: &buffer) }
}

extension Array: PostgreSQLDecodable where Element: PostgreSQLArrayElement {
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> [Element] { try Element.decodeArray(cell) }
}

/// `[[UInt8]]` is `bytea[]`.
extension Array: PostgreSQLArrayElement, PostgreSQLScalar where Element == UInt8 {
  public static var postgreSQLArrayType: PostgreSQLType { .byteaArray }
}

extension PostgreSQLArrayElement where Self: PostgreSQLScalar {
  public static func encodeArray(_ elements: [Self], into buffer: inout BinaryBuffer) {
    ArrayCoding.writeHeader(count: elements.count, hasNulls: false, element: postgreSQLType, into: &buffer)
    for element in elements {
      let start = buffer.beginField()
      element.encode(into: &buffer)
      buffer.endField(start)
    }
  }

  public static func decodeArray(_ cell: Cell) throws(PostgreSQLError) -> [Self] {
    let elements = try ArrayCoding.elements(of: cell)
    var result: [Self] = []
    result.reserveCapacity(elements.count)
    for element in elements { result.append(try decode(element)) }
    return result
  }
}

extension Optional: PostgreSQLArrayElement where Wrapped: PostgreSQLScalar {
  public static var postgreSQLArrayType: PostgreSQLType { Wrapped.postgreSQLArrayType }

  public static func encodeArray(_ elements: [Self], into buffer: inout BinaryBuffer) {
    let hasNulls = elements.contains { $0 == nil }
    ArrayCoding.writeHeader(count: elements.count, hasNulls: hasNulls, element: Wrapped.postgreSQLType, into: &buffer)
    for element in elements {
      guard let element else {
        buffer.append(Int32(-1))
        continue
      }
      let start = buffer.beginField()
      element.encode(into: &buffer)
      buffer.endField(start)
    }
  }

  public static func decodeArray(_ cell: Cell) throws(PostgreSQLError) -> [Self] {
    let elements = try ArrayCoding.elements(of: cell)
    var result: [Self] = []
    result.reserveCapacity(elements.count)
    for element in elements { result.append(try decode(element)) }
    return result
  }
}

enum ArrayCoding {
  static func writeHeader(count: Int, hasNulls: Bool, element: PostgreSQLType, into buffer: inout BinaryBuffer) {
    buffer.append(Int32(count == 0 ? 0 : 1))
    buffer.append(Int32(hasNulls ? 1 : 0))
    buffer.append(Int32(bitPattern: element.rawValue))
    if count == 0 { return }
    buffer.append(Int32(clamping: count))
    buffer.append(Int32(1))
  }

  static func elements(of cell: Cell) throws(PostgreSQLError) -> [Cell] {
    let bytes = try cell.binary("an array")
    guard bytes.count >= 12 else { throw cell.mismatch("an array") }
    let dimensions = bytes.int32(at: 0)
    let element = PostgreSQLType(rawValue: UInt32(bitPattern: bytes.int32(at: 8)))
    if dimensions == 0 { return [] }
    guard dimensions == 1, bytes.count >= 20 else { throw cell.mismatch("an array of one dimension") }
    let count = Int(bytes.int32(at: 12))
    // Each element takes four bytes at least, so a count beyond that is not worth reserving memory for.
    guard count >= 0, count <= (bytes.count - 20) / 4 else { throw cell.mismatch("an array") }
    var result: [Cell] = []
    result.reserveCapacity(count)
    var offset = 20
    for _ in 0..<count {
      guard bytes.count - offset >= 4 else { throw cell.mismatch("an array") }
      let length = Int(bytes.int32(at: offset))
      offset += 4
      guard length <= bytes.count - offset else { throw cell.mismatch("an array") }
      result.append(cell.element(element, at: offset, length: length))
      offset += max(0, length)
    }
    return result
  }
}
