import Glibc
import JSON

/// The file of what was published: one line of JSON for each distinct good message, at last one with the counts. What the
/// database holds in the end is compared with it.
public final class LoadLedger {
  /// The file cannot be written.
  public struct Problem: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// The system's word.
    public let reason: String

    public var description: String { "cannot write \(path): \(reason)" }
  }

  private static let enough = 256 * 1024

  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  /// Makes the file anew.
  public init(path: String) throws(Problem) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Problem(path: path, reason: String(cString: strerror(errno))) }
  }

  deinit { close(descriptor) }

  func append(_ record: LoadRecord, other: LoadRecord?) throws(Problem) {
    var json = JSONWriter()
    json.object {
      $0.field("usageId", record.usageID)
      $0.field("companyId", record.company)
      $0.field("metric", record.metric)
      $0.field("quantity", record.quantity)
      $0.field("timestamp", record.timestamp.description)
      // Whichever of the two is counted first stands.
      if let other { $0.field("otherTimestamp", other.timestamp.description) }
    }
    try append(json.bytes)
  }

  func finish(_ summary: LoadSummary) throws(Problem) {
    var json = JSONWriter()
    json.object {
      $0.key("counts")
      summary.write(to: &$0)
    }
    try append(json.bytes)
    try flush()
  }

  private func append(_ line: [UInt8]) throws(Problem) {
    buffer += line
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= Self.enough { try flush() }
  }

  private func flush() throws(Problem) {
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Problem(path: path, reason: String(cString: strerror(errno))) }
      rest = rest.dropFirst(count)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
