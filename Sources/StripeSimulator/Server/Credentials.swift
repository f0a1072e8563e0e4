import HTTP

/// Who calls, by the `Authorization` field.
enum Credentials {
  /// What was sent: a key or a token; `nil` for nothing that could be one.
  static func secret(of headers: HTTPHeaders) -> String? {
    guard let field = headers["Authorization"] else { return nil }
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "bearer": return String(parts[1])
    // The key is the user's name; there is no password.
    case "basic": return decodeBase64(parts[1]).map { String($0.prefix { $0 != ":" }) }
    default: return nil
    }
  }

  /// The scheme and the begin of the secret: `Bearer sk_test_****`.
  static func masked(_ field: String) -> String {
    let parts = field.split(separator: " ", maxSplits: 1)
    return parts.count == 2 ? "\(parts[0]) \(parts[1].prefix(8))****" : "****"
  }

  /// - Returns: whether it is a key of live mode.
  static func check(_ secret: String?) throws(StripeFailure) -> Bool {
    guard let secret, !secret.isEmpty else {
      throw .unauthorized(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
          + "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
    }
    guard secret.hasPrefix("sk_") || secret.hasPrefix("rk_"), secret.utf8.count > 8 else {
      throw .unauthorized("Invalid API Key provided: \(secret.prefix(3))****")
    }
    return secret.hasPrefix("sk_live_") || secret.hasPrefix("rk_live_")
  }

  private static func decodeBase64(_ text: Substring) -> String? {
    var bits = 0
    var count = 0
    var bytes: [UInt8] = []
    for byte in text.utf8 where byte != UInt8(ascii: "=") {
      let value: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: return nil
      }
      bits = (bits << 6 | Int(value)) & 0xFFFF
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
