/// The parameters of one statement, in binary form. Filled by one interpolation, not changed afterwards.
final class Bindings {
  private(set) var types: [UInt32] = []
  private var offsets: [Int] = []
  private var lengths: [Int32] = []
  private var buffer = BinaryBuffer(capacity: 128)

  var count: Int { types.count }

  /// - Returns: the parameter's number, from 1.
  func append<Value: PostgreSQLEncodable>(_ value: Value) -> Int {
    types.append(Value.postgreSQLType.rawValue)
    if value.isPostgreSQLNull {
      offsets.append(-1)
      lengths.append(0)
    } else {
      let start = buffer.count
      value.encode(into: &buffer)
      offsets.append(start)
      lengths.append(Int32(clamping: buffer.count - start))
    }
    return types.count
  }

  /// Values (nil for null), lengths and formats (all binary), as libpq takes them.
  func withParameters<R>(
    _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) throws(PostgreSQLError) -> R
  ) throws(PostgreSQLError) -> R {
    let base = UnsafePointer(buffer.base.assumingMemoryBound(to: CChar.self))
    let values = offsets.map { $0 < 0 ? nil : base + $0 }
    let formats = [Int32](repeating: 1, count: values.count)
    return try body(values, lengths, formats)
  }
}
