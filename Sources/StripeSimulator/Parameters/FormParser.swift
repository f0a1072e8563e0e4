/// Reads `application/x-www-form-urlencoded` with nested names: `items[0][price]=a&expand[]=b`.
enum FormParser {
  /// Deeper nesting than any parameter of Stripe's has.
  private static let maximumDepth = 10

  /// - Returns: a map, empty for no text.
  static func parse(_ bytes: some Collection<UInt8>) throws(StripeFailure) -> Parameter {
    var root: [(name: String, value: Parameter)] = []
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      let equals = pair.firstIndex(of: UInt8(ascii: "="))
      let name = try decode(pair[..<(equals ?? pair.endIndex)])
      let value =
        try equals.map { equals throws(StripeFailure) in try decode(pair[pair.index(after: equals)...]) } ?? ""
      let path = try split(name)
      try insert(value, path[...], into: &root, name)
    }
    return .map(root)
  }

  /// The flat pairs as they were sent, decoded: what a request is told from another by.
  static func fingerprint(_ bytes: some Collection<UInt8>) -> UInt64 {
    var sum: UInt64 = 0
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      var hasher = Hasher()
      for byte in pair { hasher.combine(byte) }
      // The order of parameters does not matter: a sum has none.
      sum &+= UInt64(bitPattern: Int64(hasher.finalize()))
    }
    return sum
  }

  private static func insert(
    _ value: String, _ path: ArraySlice<String>, into members: inout [(name: String, value: Parameter)], _ name: String
  ) throws(StripeFailure) {
    guard let head = path.first else { return }
    let rest = path.dropFirst()
    let place = place(of: head, next: rest.first, in: members)
    guard !rest.isEmpty else {
      if let place { members[place].value = .text(value) } else { members.append((head, .text(value))) }
      return
    }
    var inner: [(name: String, value: Parameter)] = []
    if let place {
      guard case .map(let present) = members[place].value else {
        throw .invalidRequest("Invalid parameters: \(name) is both a value and an object", param: name)
      }
      inner = present
      members[place].value = .map([])
    }
    try insert(value, rest, into: &inner, name)
    if let place { members[place].value = .map(inner) } else { members.append((head, .map(inner))) }
  }

  /// Where a member is to be put. Each `[]` begins a new element, unless it goes on with the object begun before.
  private static func place(
    of name: String, next: String?, in members: [(name: String, value: Parameter)]
  ) -> Int? {
    guard name.isEmpty else { return members.firstIndex { $0.name == name } }
    guard let next, let last = members.indices.last, members[last].name.isEmpty,
      case .map = members[last].value, members[last].value[next] == nil
    else { return nil }
    return last
  }

  private static func split(_ name: String) throws(StripeFailure) -> [String] {
    guard let bracket = name.utf8.firstIndex(of: UInt8(ascii: "[")), bracket > name.startIndex else { return [name] }
    var parts = [String(name[..<bracket])]
    var rest = name[bracket...]
    while let first = rest.first {
      guard first == "[", let end = rest.firstIndex(of: "]"), parts.count < maximumDepth else {
        throw .invalidRequest("Invalid parameter name: \(name)", param: name)
      }
      parts.append(String(rest[rest.index(after: rest.startIndex)..<end]))
      rest = rest[rest.index(after: end)...]
    }
    return parts
  }

  private static func decode(_ text: some Collection<UInt8>) throws(StripeFailure) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var iterator = text.makeIterator()
    while let byte = iterator.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
          throw .invalidRequest("Invalid parameters: incomplete percent-encoding")
        }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .invalidRequest("Invalid parameters: not UTF-8")
    }
    return text
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
