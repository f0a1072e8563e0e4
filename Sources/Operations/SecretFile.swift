import Glibc

/// A file that holds one secret, as container platforms mount them.
enum SecretFile {
  struct Problem: Error {
    let rule: String
  }

  private static let maximumBytes = 64 * 1024

  static func read(_ path: String) -> Result<Secret, Problem> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .failure(unreadable(path)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return .failure(unreadable(path)) }
      if count == 0 { break }
      bytes += chunk[..<count]
      guard bytes.count <= maximumBytes else {
        return .failure(Problem(rule: "names a file of more than \(maximumBytes) bytes"))
      }
    }
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else { return .failure(Problem(rule: "names an empty file")) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .failure(Problem(rule: "names a file that is not UTF-8"))
    }
    return .success(Secret(text))
  }

  private static func unreadable(_ path: String) -> Problem {
    Problem(rule: "names a file that cannot be read (\(path)): \(String(cString: strerror(errno)))")
  }
}
