import Billing
import Glibc
import Messages
import Operations
import PostgreSQL

/// The folder of migrations, the default catalog and the table of procedure codes, wherever the program was put.
struct Schemas {
  private static let installed = "/usr/share/usage-billing/schemas"

  let folder: String

  /// The folder that `USAGE_BILLING_SCHEMAS` names; otherwise the one of the package that the program was built in, beside
  /// `bin` where it was installed, or the system's.
  init(_ configuration: Configuration) throws(CommandFailure) {
    let candidates = configuration.schemasFolder.map { [$0] } ?? Self.nearProgram() + [Self.installed]
    guard let folder = candidates.first(where: { access("\($0)/migrations", R_OK) == 0 }) else {
      throw CommandFailure(
        "no schemas: there is no migrations folder in \(candidates.joined(separator: ", "));"
          + " name the right folder with USAGE_BILLING_SCHEMAS")
    }
    self.folder = folder
  }

  func migrations() throws(PostgreSQLError) -> [Migration] {
    let migrations = try Migration.load(folder: "\(folder)/migrations")
    guard !migrations.isEmpty else { throw PostgreSQLError(.migration, "\(folder)/migrations holds no migration") }
    return migrations
  }

  func defaultCatalog() throws(FileBytes.Problem) -> [UInt8] {
    try FileBytes.read("\(folder)/catalog.default.json", limit: 1 << 20)
  }

  /// Which procedure codes are known.
  func procedureCodes() throws -> ProcedureCodeTable {
    try ProcedureCodeDocument.decode(FileBytes.read("\(folder)/procedure-codes.json", limit: 1 << 20))
  }

  private static func nearProgram() -> [String] {
    guard let program = realpath("/proc/self/exe", nil) else { return [] }
    defer { free(program) }
    var folders = String(cString: program).split(separator: "/")
    var candidates: [String] = []
    while !folders.isEmpty {
      let last = folders.removeLast()
      let parent = "/" + folders.joined(separator: "/")
      if last == "bin" { candidates.append("\(parent)/share/usage-billing/schemas") }
      // Only in the package itself: any other folder named schemas above it is somebody else's.
      if access("\(parent)/Package.swift", F_OK) == 0 { candidates.append("\(parent)/schemas") }
    }
    return candidates
  }
}
