import Billing
import Glibc

/// Where archives are kept.
struct ArchiveFolder {
  let path: String

  func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  /// What is being written, before it has its name.
  func partialPath(of month: CivilDate) -> String { path(of: "usage_records-\(month.monthText).partial") }

  /// The name has the content's digest in it: a file that is there under it holds the same, and nothing else is ever
  /// written over.
  func name(of month: CivilDate, checksum: [UInt8]) -> String {
    "usage_records-\(month.monthText)-\(Hexadecimal.text(Array(checksum.prefix(8)))).zst"
  }

  /// Gives the file its name, for good.
  func publish(_ partial: String, as name: String) throws(RetentionError) {
    let target = path(of: name)
    guard rename(partial, target) == 0 else { throw .system(target) }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system(path) }
  }
}

extension RetentionError {
  /// What the system said last.
  static func system(_ path: String) -> RetentionError {
    .file(path: path, reason: String(cString: strerror(errno)))
  }
}
