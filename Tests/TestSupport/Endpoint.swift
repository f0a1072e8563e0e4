import Glibc

/// The host and port of a server's URL.
public struct Endpoint: Sendable, Equatable {
  public let host: String
  public let port: UInt16

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// - Throws: when the URL does not name both.
  public init(ofURL url: String) throws {
    guard let range = Self.range(in: url) else { throw TestFailure("a URL with host and port is needed") }
    let text = url[range]
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw TestFailure("the URL must name a port")
    }
    self.init(host: String(text[..<colon]), port: port)
  }

  /// The URL with this place in it instead of its own.
  public func replacing(in url: String) -> String {
    guard let range = Self.range(in: url) else { return url }
    return url.replacingCharacters(range, with: "\(host):\(port)")
  }

  /// A connected socket, or -1.
  func connect() -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let address = list?.pointee else { return -1 }
    defer { freeaddrinfo(list) }
    let descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return -1 }
    guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
      close(descriptor)
      return -1
    }
    return descriptor
  }

  /// Where host and port stand: between the scheme or the user, and the path.
  private static func range(in url: String) -> Range<String.Index>? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let end = url[scheme.upperBound...].firstIndex { "/?".contains($0) } ?? url.endIndex
    let start = url[scheme.upperBound..<end].lastIndex(of: "@").map { url.index(after: $0) } ?? scheme.upperBound
    return start..<end
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
