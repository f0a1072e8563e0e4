/// The 16 bytes of a `uuid`.
public struct PostgreSQLUUID: Hashable, Sendable {
  /// The first eight bytes, in network order.
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

extension PostgreSQLUUID: PostgreSQLScalar {
  public static var postgreSQLType: PostgreSQLType { .uuid }
  public static var postgreSQLArrayType: PostgreSQLType { .uuidArray }

  public func encode(into buffer: inout BinaryBuffer) {
    buffer.append(high)
    buffer.append(low)
  }

  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> PostgreSQLUUID {
    guard cell.type == .uuid else { throw cell.mismatch("uuid") }
    let bytes = try cell.binary("uuid")
    guard bytes.count == 16 else { throw cell.mismatch("uuid") }
    return PostgreSQLUUID(high: UInt64(bitPattern: bytes.int64(at: 0)), low: UInt64(bitPattern: bytes.int64(at: 8)))
  }
}
