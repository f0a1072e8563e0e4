/// Rows in the binary format of COPY, ready to be sent as they are. Kept by its owner and reused: `removeAll` keeps the
/// memory.
///
/// For each row call `beginRow` with the number of columns, then append exactly that many values in the order and of the
/// types of the columns named in the COPY statement; the server refuses a batch where they differ (SQLSTATE 22P04, 22P03, 08P01).
public struct CopyBuffer: ~Copyable {
  private var buffer: BinaryBuffer
  /// Rows begun so far.
  public private(set) var rowCount = 0
  private static let headerLength = 19

  /// - Parameter capacity: bytes to start with; it doubles when needed.
  public init(capacity: Int = 64 * 1024) {
    buffer = BinaryBuffer(capacity: capacity)
    for byte in "PGCOPY\n".utf8 { buffer.append(byte) }
    buffer.append(UInt8(0xFF))
    buffer.append(UInt8(ascii: "\r"))
    buffer.append(UInt8(ascii: "\n"))
    buffer.append(UInt8(0))
    buffer.append(Int32(0))
    buffer.append(Int32(0))
  }

  public var isEmpty: Bool { rowCount == 0 }
  /// What will be sent, in bytes.
  public var byteCount: Int { buffer.count }

  public mutating func removeAll() {
    buffer.truncate(to: Self.headerLength)
    rowCount = 0
  }

  /// - Parameter fields: how many values follow, 0 to 1,600.
  public mutating func beginRow(fields: Int) {
    buffer.append(Int16(clamping: fields))
    rowCount += 1
  }

  public mutating func appendNull() { buffer.append(Int32(-1)) }

  public mutating func append(_ value: Bool) {
    buffer.reserve(5)
    buffer.append(Int32(1))
    buffer.append(UInt8(value ? 1 : 0))
  }

  public mutating func append(_ value: Int16) {
    buffer.reserve(6)
    buffer.append(Int32(2))
    buffer.append(value)
  }

  public mutating func append(_ value: Int32) {
    buffer.reserve(8)
    buffer.append(Int32(4))
    buffer.append(value)
  }

  public mutating func append(_ value: Int64) {
    buffer.reserve(12)
    buffer.append(Int32(8))
    buffer.append(value)
  }

  public mutating func append(_ value: Timestamp) { append(value.serverMicroseconds) }

  public mutating func append(_ value: Date32) { append(value.serverDays) }

  public mutating func append(_ value: Numeric) {
    let start = buffer.beginField()
    value.write(into: &buffer)
    buffer.endField(start)
  }

  /// A `"char"`: one byte.
  public mutating func append(character: StaticString) {
    character.withUTF8Buffer { buffer.appendField(raw: UnsafeRawBufferPointer($0)) }
  }

  public mutating func append(text: String) {
    var text = text
    text.withUTF8 { buffer.appendField(raw: UnsafeRawBufferPointer($0)) }
  }

  /// Text that is already UTF-8; the server refuses what is not (SQLSTATE 22021).
  public mutating func append(utf8 text: Span<UInt8>) { text.withUnsafeBytes { buffer.appendField(raw: $0) } }

  public mutating func append(utf8 text: [UInt8]) { text.withUnsafeBytes { buffer.appendField(raw: $0) } }

  /// A `bytea`.
  public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { buffer.appendField(raw: $0) } }

  /// Any other value that can be bound: uuids, arrays, types of one's own, optionals.
  public mutating func append<Value: PostgreSQLEncodable>(value: Value) {
    if value.isPostgreSQLNull { return appendNull() }
    let start = buffer.beginField()
    value.encode(into: &buffer)
    buffer.endField(start)
  }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws(PostgreSQLError) -> R) throws(PostgreSQLError) -> R {
    try body(UnsafeRawBufferPointer(start: buffer.base, count: buffer.count))
  }
}
