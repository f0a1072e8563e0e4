import Glibc

extension Migration {
  /// All files `<number>_<name>.sql` of a folder, sorted by number. Other files are left alone.
  /// - Throws: `migration` when the folder or a file cannot be read, or two files have one number.
  public static func load(folder: String) throws(PostgreSQLError) -> [Migration] {
    var migrations: [Migration] = []
    for file in try fileNames(folder) {
      guard let (number, name) = parse(fileName: file) else { continue }
      migrations.append(Migration(number: number, name: name, sql: try read("\(folder)/\(file)")))
    }
    migrations.sort { $0.number < $1.number }
    for (one, next) in zip(migrations, migrations.dropFirst()) where one.number == next.number {
      throw PostgreSQLError(.migration, "two migrations have the number \(one.number)")
    }
    return migrations
  }

  private static func fileNames(_ folder: String) throws(PostgreSQLError) -> [String] {
    guard let directory = opendir(folder) else { throw unreadable(folder) }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      names.append(name)
      errno = 0
    }
    if errno != 0 { throw unreadable(folder) }
    return names
  }

  private static func read(_ path: String) throws(PostgreSQLError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path) }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw PostgreSQLError(.migration, "\(path) is not UTF-8")
    }
    return text
  }

  private static func unreadable(_ path: String) -> PostgreSQLError {
    PostgreSQLError(.migration, "cannot read \(path): \(String(cString: strerror(errno)))")
  }
}
