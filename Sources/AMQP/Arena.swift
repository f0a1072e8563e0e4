internal import CRabbitMQ

/// Memory for the arguments of one call: texts and tables live until `reset`, so that C structures can point to them
/// without a pyramid of closures.
final class Arena {
  private let pool: UnsafeMutablePointer<amqp_pool_t>

  init() {
    pool = .allocate(capacity: 1)
    pool.initialize(to: amqp_pool_t())
    init_amqp_pool(pool, 16_384)
  }

  deinit {
    empty_amqp_pool(pool)
    pool.deallocate()
  }

  func reset() {
    recycle_amqp_pool(pool)
  }

  /// Nil when there is no memory.
  func bytes(_ text: String) -> amqp_bytes_t? {
    guard !text.isEmpty else { return amqp_bytes_t() }
    var text = text
    return text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
  }

  func bytes(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t? {
    guard source.count > 0, let start = source.baseAddress else { return amqp_bytes_t() }
    guard let copy = amqp_pool_alloc(pool, source.count) else { return nil }
    copy.copyMemory(from: start, byteCount: source.count)
    return amqp_bytes_t(len: source.count, bytes: copy)
  }

  func table(_ table: [String: FieldValue], adding extra: (name: String, value: FieldValue)? = nil) -> amqp_table_t? {
    let capacity = table.count + (extra == nil ? 0 : 1)
    guard capacity > 0 else { return amqp_table_t() }
    guard let entries = allocate(amqp_table_entry_t.self, capacity) else { return nil }
    var count = 0
    for (name, value) in table where name != extra?.name {
      guard let key = bytes(name), let field = field(value) else { return nil }
      entries[count] = amqp_table_entry_t(key: key, value: field)
      count += 1
    }
    if let extra {
      guard let key = bytes(extra.name), let field = field(extra.value) else { return nil }
      entries[count] = amqp_table_entry_t(key: key, value: field)
      count += 1
    }
    return amqp_table_t(num_entries: Int32(count), entries: entries)
  }

  private func field(_ value: FieldValue) -> amqp_field_value_t? {
    var field = amqp_field_value_t()
    switch value {
    case .string(let text):
      guard let bytes = bytes(text) else { return nil }
      field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
      field.value.bytes = bytes
    case .bytes(let array):
      guard let bytes = array.withUnsafeBytes({ bytes($0) }) else { return nil }
      field.kind = UInt8(AMQP_FIELD_KIND_BYTES.rawValue)
      field.value.bytes = bytes
    case .int(let number):
      field.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
      field.value.i64 = number
    case .bool(let truth):
      field.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
      field.value.boolean = truth ? 1 : 0
    case .double(let number):
      field.kind = UInt8(AMQP_FIELD_KIND_F64.rawValue)
      field.value.f64 = number
    case .decimal(let scale, let number):
      field.kind = UInt8(AMQP_FIELD_KIND_DECIMAL.rawValue)
      field.value.decimal = amqp_decimal_t(decimals: scale, value: number)
    case .timestamp(let seconds):
      field.kind = UInt8(AMQP_FIELD_KIND_TIMESTAMP.rawValue)
      field.value.u64 = seconds
    case .void:
      field.kind = UInt8(AMQP_FIELD_KIND_VOID.rawValue)
    case .table(let nested):
      guard let table = table(nested) else { return nil }
      field.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
      field.value.table = table
    case .array(let values):
      guard let entries = allocate(amqp_field_value_t.self, max(values.count, 1)) else { return nil }
      for (index, value) in values.enumerated() {
        guard let nested = self.field(value) else { return nil }
        entries[index] = nested
      }
      field.kind = UInt8(AMQP_FIELD_KIND_ARRAY.rawValue)
      field.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
    }
    return field
  }

  private func allocate<T>(_ type: T.Type, _ count: Int) -> UnsafeMutablePointer<T>? {
    amqp_pool_alloc(pool, MemoryLayout<T>.stride * count)?.bindMemory(to: type, capacity: count)
  }
}
