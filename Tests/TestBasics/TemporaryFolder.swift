import Glibc

/// A folder of a test's own under `TMPDIR`, else `/tmp`; it goes with the last reference, and the files in it too.
/// It has no folders inside.
public final class TemporaryFolder: Sendable {
  /// What could not be made.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  public let path: String

  public init() throws(Failure) {
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(place)/usage-billing-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(description: "no folder in \(place)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in files { unlink(path(of: name)) }
    rmdir(path)
  }

  public func path(of name: String) -> String { "\(path)/\(name)" }

  /// The names of what is in it, in order.
  public var files: [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a file, in place of one of that name.
  ///
  /// - Returns: its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws(Failure) -> String {
    let path = path(of: name)
    guard let file = fopen(path, "w") else { throw Failure(description: "\(path) cannot be written") }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten else { throw Failure(description: "\(path) cannot be written") }
    return path
  }
}
