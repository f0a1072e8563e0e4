/// A value in a table of AMQP 0-9-1: queue arguments, message headers.
public enum FieldValue: Sendable, Hashable {
  /// Text. A long string that is not UTF-8 is read as `bytes`.
  case string(String)
  /// Any integer of up to 64 bits, sent as a signed one of 64. RabbitMQ's `L` is signed too and is read so.
  case int(Int64)
  /// A truth value.
  case bool(Bool)
  /// A binary floating-point number; single precision is widened.
  case double(Double)
  /// An exact number, `value / 10^scale`.
  case decimal(scale: UInt8, value: UInt32)
  /// Seconds since 1970-01-01T00:00:00Z.
  case timestamp(UInt64)
  /// Bytes without a meaning known here.
  case bytes([UInt8])
  /// Values in order.
  case array([FieldValue])
  /// Values by name; names are at most 255 bytes of UTF-8.
  case table([String: FieldValue])
  /// No value. Values nested deeper than `maximumDepth` are read as this too.
  case void

  /// Deepest nesting of arrays and tables that is read or sent; the broker's own tables (`x-death`) need three levels.
  public static let maximumDepth = 32
}

extension FieldValue {
  /// The integer, if it is one.
  public var intValue: Int64? {
    if case .int(let value) = self { value } else { nil }
  }

  /// The text, if it is one.
  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The values, if it is an array.
  public var arrayValue: [FieldValue]? {
    if case .array(let values) = self { values } else { nil }
  }

  /// The table, if it is one.
  public var tableValue: [String: FieldValue]? {
    if case .table(let table) = self { table } else { nil }
  }
}

extension FieldValue {
  /// Bytes of a table on the wire, or nil when it cannot be sent: a name over 255 bytes, nested too deeply.
  static func encodedSize(of table: [String: FieldValue], depth: Int = 0) -> Int? {
    var size = 4
    for (name, value) in table {
      guard name.utf8.count <= 255, let valueSize = value.encodedSize(depth: depth + 1) else { return nil }
      size += 1 + name.utf8.count + valueSize
    }
    return size
  }

  private func encodedSize(depth: Int) -> Int? {
    guard depth <= Self.maximumDepth else { return nil }
    switch self {
    case .string(let text): return 5 + text.utf8.count
    case .int, .double, .timestamp: return 9
    case .bool: return 2
    case .decimal: return 6
    case .bytes(let bytes): return 5 + bytes.count
    case .void: return 1
    case .table(let table):
      guard let size = Self.encodedSize(of: table, depth: depth) else { return nil }
      return 1 + size
    case .array(let values):
      var size = 5
      for value in values {
        guard let valueSize = value.encodedSize(depth: depth + 1) else { return nil }
        size += valueSize
      }
      return size
    }
  }
}
