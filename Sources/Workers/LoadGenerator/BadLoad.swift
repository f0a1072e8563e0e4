import Billing

/// Messages that break one rule each; every kind in turn.
public enum BadLoad {
  /// One way to be bad.
  public struct Kind: Sendable {
    public let name: String
    /// The code under which it is to become a dead letter.
    public let reason: String
    let make: @Sendable (Fields) -> [UInt8]

    /// A message of this kind.
    ///
    /// - Parameters:
    ///   - usageID: what would be its id, were it good.
    ///   - company: what would be its company.
    ///   - timestamp: a good one.
    public func body(usageID: String, company: String, timestamp: Instant) -> [UInt8] {
      make(Fields(usageID: usageID, company: company, timestamp: timestamp.description))
    }
  }

  /// The fields of a message, as raw JSON by name.
  struct Fields {
    var members: [(name: String, json: String)]

    init(usageID: String, company: String, timestamp: String) {
      members = [
        ("usageId", "\"\(usageID)\""), ("companyId", "\"\(company)\""), ("metric", "\"order\""), ("quantity", "1"),
        ("timestamp", "\"\(timestamp)\""),
      ]
    }

    func setting(_ name: String, _ json: String) -> Fields {
      var fields = self
      fields.members.removeAll { $0.name == name }
      fields.members.append((name, json))
      return fields
    }

    func adding(_ name: String, _ json: String) -> Fields {
      var fields = self
      fields.members.append((name, json))
      return fields
    }

    func without(_ name: String) -> Fields {
      var fields = self
      fields.members.removeAll { $0.name == name }
      return fields
    }

    var text: String { "{" + members.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",") + "}" }
    var bytes: [UInt8] { Array(text.utf8) }
  }

  public static let kinds: [Kind] = wholes + missing + settings

  private static let wholes: [Kind] = [
    Kind(name: "empty", reason: "malformed_json") { _ in [] },
    Kind(name: "truncated", reason: "malformed_json") { Array($0.bytes.dropLast(9)) },
    Kind(name: "not_json", reason: "malformed_json") { _ in Array("hello".utf8) },
    Kind(name: "array", reason: "wrong_type") { Array("[\($0.text)]".utf8) },
    Kind(name: "string", reason: "wrong_type") { _ in Array("\"usage\"".utf8) },
    Kind(name: "two_documents", reason: "malformed_json") { $0.bytes + $0.bytes },
    Kind(name: "single_quotes", reason: "malformed_json") { fields in
      fields.bytes.map { $0 == UInt8(ascii: "\"") ? UInt8(ascii: "'") : $0 }
    },
    Kind(name: "not_utf8", reason: "not_utf8") { fields in
      Array("{\"note\":\"".utf8) + [0xFF, 0xC0] + Array("\",".utf8) + fields.bytes.dropFirst()
    },
    Kind(name: "too_deep", reason: "too_deep") { fields in
      let nested = String(repeating: "[", count: 80) + String(repeating: "]", count: 80)
      return fields.adding("metadata", "{\"deep\":\(nested)}").bytes
    },
    Kind(name: "duplicate_field", reason: "duplicate_field") { $0.adding("metric", "\"invoice\"").bytes },
    Kind(name: "oversized", reason: "too_large") { fields in
      fields.adding("padding", "\"\(String(repeating: "x", count: 70_000))\"").bytes
    },
    Kind(name: "large_metadata", reason: "too_large") { fields in
      fields.adding("metadata", "{\"padding\":\"\(String(repeating: "x", count: 17_000))\"}").bytes
    },
    Kind(name: "conflicting_metric", reason: "conflicting_fields") { $0.adding("usageType", "\"invoice\"").bytes },
  ]

  private static let missing: [Kind] = ["usageId", "companyId", "metric", "quantity", "timestamp"].map { name in
    Kind(name: "without_\(name)", reason: "missing_field") { $0.without(name).bytes }
  }

  /// One field set to something that it must not be.
  private static let settings: [Kind] = [
    setting("usageId", "7", "wrong_type"), setting("usageId", "\"\"", "invalid_format"),
    setting("usageId", "\"\(String(repeating: "u", count: 129))\"", "invalid_format"),
    setting("usageId", "\"bell-\\u0007\"", "invalid_format"), setting("usageId", "\"half-\\ud800\"", "invalid_format"),
    setting("usageId", "\"line\nbreak\"", "malformed_json"),
    setting("usageId", "\"order:7\"", "reserved_id"), setting("usageId", "\"activation:7\"", "reserved_id"),
    setting("usageId", "\"charge:7\"", "reserved_id"), setting("usageId", "\"void:7\"", "reserved_id"),
    setting("companyId", "null", "wrong_type"), setting("companyId", "\"\"", "invalid_format"),
    setting("companyId", "\"Optical Labs Inc.\"", "invalid_format"),
    setting("companyId", "\"\(String(repeating: "c", count: 129))\"", "invalid_format"),
    setting("metric", "[\"order\"]", "wrong_type"), setting("metric", "\"no_such_metric\"", "unknown_metric"),
    setting("metric", "\"Order\"", "unknown_metric"), setting("metric", "\"radiology_standard\"", "internal_metric"),
    setting("quantity", "null", "wrong_type"), setting("quantity", "true", "wrong_type"),
    setting("quantity", "{}", "wrong_type"), setting("quantity", "-1", "out_of_range"),
    setting("quantity", "\"-0.5\"", "out_of_range"), setting("quantity", "1e400", "out_of_range"),
    setting("quantity", "1000000000000000", "out_of_range"), setting("quantity", "NaN", "malformed_json"),
    setting("quantity", "007", "malformed_json"), setting("quantity", "\"007\"", "invalid_format"),
    setting("quantity", "\"\"", "invalid_format"), setting("quantity", "\"1,5\"", "invalid_format"),
    setting("quantity", "\"many\"", "invalid_format"), setting("quantity", "0.0000000001", "too_many_decimals"),
    setting("timestamp", "1736942400", "wrong_type"), setting("timestamp", "\"yesterday\"", "invalid_format"),
    setting("timestamp", "\"2025-02-30T12:00:00Z\"", "invalid_format"),
    setting("timestamp", "\"2025-13-01T12:00:00Z\"", "invalid_format"),
    setting("timestamp", "\"2025-01-15T12:00:00\"", "invalid_format"),
    setting("timestamp", "\"2999-01-01T00:00:00Z\"", "too_early"),
    setting("timestamp", "\"0001-01-01T00:00:00Z\"", "too_old"),
    setting("timestamp", "\"1970-01-01T00:00:00Z\"", "too_old"),
    setting("metadata", "[]", "wrong_type"), setting("userId", "7", "wrong_type"),
    setting("userId", "\"\"", "invalid_format"),
    setting("subjectId", "\"\(String(repeating: "s", count: 257))\"", "invalid_format"),
    setting("subscriptionId", "false", "wrong_type"),
  ]

  private static func setting(_ field: String, _ json: String, _ reason: String) -> Kind {
    Kind(name: "\(field)_\(reason)", reason: reason) { $0.setting(field, json).bytes }
  }
}
