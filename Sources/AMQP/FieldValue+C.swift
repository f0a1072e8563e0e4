internal import CRabbitMQ

extension FieldValue {
  /// Copies a value that the C library decoded; its memory may be released afterwards.
  init(_ field: amqp_field_value_t, depth: Int = 0) {
    guard depth < Self.maximumDepth else {
      self = .void
      return
    }
    switch field.kind {
    case UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue): self = .bool(field.value.boolean != 0)
    case UInt8(AMQP_FIELD_KIND_I8.rawValue): self = .int(Int64(field.value.i8))
    case UInt8(AMQP_FIELD_KIND_U8.rawValue): self = .int(Int64(field.value.u8))
    case UInt8(AMQP_FIELD_KIND_I16.rawValue): self = .int(Int64(field.value.i16))
    case UInt8(AMQP_FIELD_KIND_U16.rawValue): self = .int(Int64(field.value.u16))
    case UInt8(AMQP_FIELD_KIND_I32.rawValue): self = .int(Int64(field.value.i32))
    case UInt8(AMQP_FIELD_KIND_U32.rawValue): self = .int(Int64(field.value.u32))
    case UInt8(AMQP_FIELD_KIND_I64.rawValue): self = .int(field.value.i64)
    case UInt8(AMQP_FIELD_KIND_U64.rawValue): self = .int(Int64(bitPattern: field.value.u64))
    case UInt8(AMQP_FIELD_KIND_F32.rawValue): self = .double(Double(field.value.f32))
    case UInt8(AMQP_FIELD_KIND_F64.rawValue): self = .double(field.value.f64)
    case UInt8(AMQP_FIELD_KIND_DECIMAL.rawValue):
      self = .decimal(scale: field.value.decimal.decimals, value: field.value.decimal.value)
    case UInt8(AMQP_FIELD_KIND_UTF8.rawValue):
      if let text = field.value.bytes.text { self = .string(text) } else { self = .bytes(field.value.bytes.array) }
    case UInt8(AMQP_FIELD_KIND_BYTES.rawValue): self = .bytes(field.value.bytes.array)
    case UInt8(AMQP_FIELD_KIND_TIMESTAMP.rawValue): self = .timestamp(field.value.u64)
    case UInt8(AMQP_FIELD_KIND_TABLE.rawValue): self = .table(Self.table(field.value.table, depth: depth + 1))
    case UInt8(AMQP_FIELD_KIND_ARRAY.rawValue):
      let array = field.value.array
      self = .array(
        UnsafeBufferPointer(start: array.entries, count: Int(array.num_entries))
          .map { FieldValue($0, depth: depth + 1) })
    default: self = .void
    }
  }

  /// Copies a table that the C library decoded. Of equal names the last one is kept.
  static func table(_ table: amqp_table_t, depth: Int = 0) -> [String: FieldValue] {
    var result: [String: FieldValue] = [:]
    for entry in table.buffer {
      result[entry.key.repairedText] = FieldValue(entry.value, depth: depth)
    }
    return result
  }
}

extension amqp_table_t {
  var buffer: UnsafeBufferPointer<amqp_table_entry_t> {
    UnsafeBufferPointer(start: entries, count: Int(num_entries))
  }

  /// The value of the first entry with this name, without copying the others.
  func value(named name: StaticString) -> amqp_field_value_t? {
    buffer.first { $0.key.equals(name) }?.value
  }
}

extension amqp_field_value_t {
  /// Any integer kind as 64 bits; nil for other kinds.
  var integer: Int64? { FieldValue(self).intValue }
}

extension amqp_bytes_t {
  var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: len) }
  var array: [UInt8] { [UInt8](buffer) }
  /// The text, or nil where it is not UTF-8.
  var text: String? { String(validating: buffer, as: UTF8.self) }
  /// The text with what is not UTF-8 replaced.
  var repairedText: String { String(decoding: buffer, as: UTF8.self) }

  /// A text of the broker's for a person: without control characters.
  var displayText: String {
    String(String.UnicodeScalarView(repairedText.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }

  func equals(_ name: StaticString) -> Bool {
    guard len == name.utf8CodeUnitCount else { return false }
    return buffer.elementsEqual(UnsafeRawBufferPointer(start: name.utf8Start, count: len))
  }
}
