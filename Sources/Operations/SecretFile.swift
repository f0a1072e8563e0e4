/// A file that holds one secret, as container platforms mount them.
enum SecretFile {
  struct Problem: Error {
    let rule: String
  }

  private static let maximumBytes = 64 * 1024

  /// The file's text without the line breaks at its end, which editors add.
  static func read(_ path: String) throws(Problem) -> Secret {
    var bytes: [UInt8]
    do {
      bytes = try FileBytes.read(path, limit: maximumBytes)
    } catch {
      throw Problem(rule: "names a file that cannot be used (\(error.path)): \(error.reason)")
    }
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else { throw Problem(rule: "names an empty file (\(path))") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Problem(rule: "names a file that is not UTF-8 (\(path))")
    }
    return Secret(text)
  }
}
