internal import CMicroHTTP
import Glibc

/// An IPv4 or IPv6 address and a port, as the system wants them.
struct SocketAddress {
  let isIPv6: Bool
  private var storage = sockaddr_storage()

  /// `nil` for anything else than a numeric address.
  init?(_ text: String, port: UInt16) {
    guard !text.utf8.contains(0) else { return nil }
    var v4 = sockaddr_in()
    var v6 = sockaddr_in6()
    if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
      isIPv6 = false
      v4.sin_family = sa_family_t(AF_INET)
      v4.sin_port = port.bigEndian
      withUnsafeMutableBytes(of: &storage) { target in withUnsafeBytes(of: v4) { target.copyMemory(from: $0) } }
    } else if inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 {
      isIPv6 = true
      v6.sin6_family = sa_family_t(AF_INET6)
      v6.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &storage) { target in withUnsafeBytes(of: v6) { target.copyMemory(from: $0) } }
    } else {
      return nil
    }
  }

  mutating func withPointer<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
    withUnsafePointer(to: &storage) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
  }
}
