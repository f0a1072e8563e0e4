import Glibc

/// Small files read whole: secrets, catalogs.
public enum FileBytes {
  /// Why a file cannot be had.
  public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system's word, or the limit that the file breaks.
    public let reason: String
    public let path: String

    public var description: String { "cannot read \(path): \(reason)" }
  }

  /// - Parameter limit: bytes; a larger file is refused instead of being held in memory.
  public static func read(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemProblem(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw systemProblem(path) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw Problem(reason: "it has more than \(limit) bytes", path: path) }
    }
  }

  private static func systemProblem(_ path: String) -> Problem {
    Problem(reason: String(cString: strerror(errno)), path: path)
  }
}
