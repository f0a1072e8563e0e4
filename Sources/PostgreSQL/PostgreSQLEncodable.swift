/// A value that can be bound to a statement.
///
/// Types of one's own conform through `PostgreSQLConvertible`, which maps them to one of the types here.
public protocol PostgreSQLEncodable {
  static var postgreSQLType: PostgreSQLType { get }
  /// A null is sent as such; `encode` is not called for it.
  var isPostgreSQLNull: Bool { get }
  /// Writes the binary form without a length.
  func encode(into buffer: inout BinaryBuffer)
}

extension PostgreSQLEncodable {
  public var isPostgreSQLNull: Bool { false }
}

/// A value that can be read from a row.
public protocol PostgreSQLDecodable {
  /// - Throws: `decoding` when the cell is null (except for optionals) or of a type or size that does not fit.
  static func decode(_ cell: Cell) throws(PostgreSQLError) -> Self
}

/// What an array may consist of: scalars, optional scalars, and `UInt8`, of which an array is a `bytea`.
public protocol PostgreSQLArrayElement {
  static var postgreSQLArrayType: PostgreSQLType { get }
  static func encodeArray(_ elements: [Self], into buffer: inout BinaryBuffer)
  static func decodeArray(_ cell: Cell) throws(PostgreSQLError) -> [Self]
}

/// A single value, never null, of which arrays can be made.
public protocol PostgreSQLScalar: PostgreSQLEncodable, PostgreSQLDecodable, PostgreSQLArrayElement {}

/// A type of one's own that travels as another: say how it becomes that one and comes back, and it can be bound, read, be
/// optional and stand in arrays.
public protocol PostgreSQLConvertible: PostgreSQLScalar {
  associatedtype PostgreSQLStored: PostgreSQLScalar
  var postgreSQLValue: PostgreSQLStored { get }
  /// - Throws: `decoding` where the stored value is not a valid one.
  init(postgreSQLValue: PostgreSQLStored) throws(PostgreSQLError)
}

extension PostgreSQLConvertible {
  public static var postgreSQLType: PostgreSQLType { PostgreSQLStored.postgreSQLType }
  public static var postgreSQLArrayType: PostgreSQLType { PostgreSQLStored.postgreSQLArrayType }
  public func encode(into buffer: inout BinaryBuffer) { postgreSQLValue.encode(into: &buffer) }
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Self {
    try Self(postgreSQLValue: PostgreSQLStored.decode(cell))
  }
}

extension Optional: PostgreSQLEncodable where Wrapped: PostgreSQLEncodable {
  public static var postgreSQLType: PostgreSQLType { Wrapped.postgreSQLType }
  public var isPostgreSQLNull: Bool { self?.isPostgreSQLNull ?? true }
  public func encode(into buffer: inout BinaryBuffer) { self?.encode(into: &buffer) }
}

extension Optional: PostgreSQLDecodable where Wrapped: PostgreSQLDecodable {
  public static func decode(_ cell: Cell) throws(PostgreSQLError) -> Self {
    cell.isNull ? nil : try Wrapped.decode(cell)
  }
}
