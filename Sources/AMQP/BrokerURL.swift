/// The parts of an AMQP URL while it is read. Reasons never quote the input: it may hold a password in any place.
struct BrokerURL {
  struct Mistake: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private(set) var host = "localhost"
  private(set) var port: UInt16 = 5672
  private(set) var user = "guest"
  private(set) var password = "guest"
  private(set) var virtualHost = "/"
  private(set) var security: BrokerConfiguration.Security?
  private(set) var heartbeatSeconds = 30
  private(set) var connectTimeoutMilliseconds = 10_000
  private(set) var maximumFrameSize = 131_072

  mutating func parse(_ url: String) throws(Mistake) {
    let secure = url.hasPrefix("amqps://")
    guard secure || url.hasPrefix("amqp://") else { throw Mistake("it must begin with amqp:// or amqps://") }
    if secure {
      security = .init()
      port = 5671
    }
    var rest = url.utf8.dropFirst(secure ? 8 : 7)
    guard !rest.contains(UInt8(ascii: "#")) else {
      throw Mistake("it must not have a fragment; write # as %23")
    }
    let query = Self.cut(&rest, at: "?")
    let path = Self.cut(&rest, at: "/")
    try parseAuthority(rest)
    if let path, !path.isEmpty {
      guard !path.contains(UInt8(ascii: "/")) else {
        throw Mistake("the virtual host must be one path segment; write / in it as %2F")
      }
      virtualHost = try Self.decode(path, "the virtual host")
    }
    for parameter in query?.split(separator: UInt8(ascii: "&")) ?? [] {
      try parseParameter(parameter)
    }
    if let security, (security.certificateFile == nil) != (security.keyFile == nil) {
      throw Mistake("certfile and keyfile must be given together")
    }
  }

  private mutating func parseAuthority(_ authority: Substring.UTF8View) throws(Mistake) {
    var address = authority
    if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
      var login = authority[..<at]
      address = authority[authority.index(after: at)...]
      if let secret = Self.cut(&login, at: ":") {
        password = try Self.decode(secret, "the password")
      }
      user = try Self.decode(login, "the user")
    }
    var portText: Substring.UTF8View?
    if address.first == UInt8(ascii: "[") {
      guard let end = address.firstIndex(of: UInt8(ascii: "]")) else { throw Mistake("the host lacks its ]") }
      host = try Self.decode(address[address.index(after: address.startIndex)..<end], "the host")
      var tail = address[address.index(after: end)...]
      portText = Self.cut(&tail, at: ":")
      guard tail.isEmpty else { throw Mistake("the host is followed by neither port nor path") }
    } else {
      portText = Self.cut(&address, at: ":")
      if !address.isEmpty { host = try Self.decode(address, "the host") }
    }
    guard !host.isEmpty else { throw Mistake("the host is empty") }
    if let portText {
      guard let number = UInt16(String(Substring(portText))), number > 0 else {
        throw Mistake("the port must be a number from 1 to 65535")
      }
      port = number
    }
  }

  private mutating func parseParameter(_ parameter: Substring.UTF8View) throws(Mistake) {
    var name = parameter
    let value = Self.cut(&name, at: "=")
    switch String(Substring(name)) {
    case "heartbeat":
      heartbeatSeconds = try Self.number(value, 0...65_535, "heartbeat", "seconds")
    case "connection_timeout":
      connectTimeoutMilliseconds = try Self.number(value, 1...3_600_000, "connection_timeout", "milliseconds")
    case "frame_max":
      maximumFrameSize = try Self.number(value, 4_096...131_072, "frame_max", "bytes")
    case "cacertfile":
      let name = try file(value, "cacertfile")
      security?.authoritiesFile = name
    case "certfile":
      let name = try file(value, "certfile")
      security?.certificateFile = name
    case "keyfile":
      let name = try file(value, "keyfile")
      security?.keyFile = name
    case "verify":
      guard security != nil else { throw Mistake("verify needs amqps") }
      switch value.map({ String(Substring($0)) }) {
      case "verify_peer": security?.verifiesPeer = true
      case "verify_none": security?.verifiesPeer = false
      default: throw Mistake("verify must be verify_peer or verify_none")
      }
    default:
      throw Mistake(
        "it has a parameter other than heartbeat, connection_timeout, frame_max, cacertfile, certfile, keyfile, verify")
    }
  }

  private func file(_ value: Substring.UTF8View?, _ name: String) throws(Mistake) -> String {
    guard security != nil else { throw Mistake("\(name) needs amqps") }
    guard let value, !value.isEmpty else { throw Mistake("\(name) must name a file") }
    return try Self.decode(value, name)
  }

  /// Cuts `text` at the first `mark`, leaving what is before it; returns what is after it, or nil where there is no mark.
  private static func cut(_ text: inout Substring.UTF8View, at mark: Unicode.Scalar) -> Substring.UTF8View? {
    guard let index = text.firstIndex(of: UInt8(ascii: mark)) else { return nil }
    defer { text = text[..<index] }
    return text[text.index(after: index)...]
  }

  private static func number(
    _ value: Substring.UTF8View?, _ range: ClosedRange<Int>, _ name: String, _ unit: String
  ) throws(Mistake) -> Int {
    guard let value, let number = Int(String(Substring(value))), range.contains(number) else {
      throw Mistake("\(name) must be a number of \(unit) from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  private static func decode(_ text: Substring.UTF8View, _ part: String) throws(Mistake) -> String {
    var bytes: [UInt8] = []
    var index = text.startIndex
    while index < text.endIndex {
      var byte = text[index]
      index = text.index(after: index)
      if byte == UInt8(ascii: "%") {
        guard text.distance(from: index, to: text.endIndex) >= 2,
          let high = Self.digit(text[index]), let low = Self.digit(text[text.index(after: index)])
        else { throw Mistake("\(part) has a % that two hexadecimal digits do not follow") }
        byte = high << 4 | low
        index = text.index(index, offsetBy: 2)
      }
      // The C library takes zero-terminated strings and would cut the text there.
      guard byte != 0 else { throw Mistake("\(part) has a zero byte") }
      bytes.append(byte)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else { throw Mistake("\(part) is not UTF-8") }
    return decoded
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
