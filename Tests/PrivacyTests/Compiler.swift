import Glibc
import TestSupport

/// The compiler, asked whether a file means something beside the modules of this package as they were built for this test.
enum Compiler {
  /// The lines at which it finds errors.
  static func errorLines(_ file: String) throws -> Set<Int> {
    let output = try run(
      """
      cd '\(sources)' && swiftc -typecheck -diagnostic-style llvm -swift-version 6 -I '\(modules)' \\
        -Xcc '-fmodule-map-file=\(modules)/../CSimdJSON.build/module.modulemap' \\
        $(for map in C*/module.modulemap; do echo -Xcc "-fmodule-map-file=$PWD/$map"; done) \\
        $(pkg-config --cflags-only-I libpq libcrypto libcurl librabbitmq libmicrohttpd) '\(file)' 2>&1; true
      """)
    let name = file.split(separator: "/").last ?? ""
    let errors = output.split(separator: "\n").filter { $0.contains("error: ") }
    let lines = errors.compactMap { error -> Int? in
      guard let match = error.prefixMatch(of: #/(.*):([0-9]+):[0-9]+: /#), match.1.hasSuffix(name) else { return nil }
      return Int(match.2)
    }
    // An error elsewhere, a module that is not found say, would make everything look allowed.
    guard errors.count == lines.count, !lines.isEmpty else {
      throw TestFailure("the compiler did not get so far: \(output)")
    }
    return Set(lines)
  }

  private static var sources: String { TestDatabase.schemasFolder + "/../Sources" }

  /// Beside this test's program.
  private static var modules: String {
    guard let program = realpath("/proc/self/exe", nil) else { return "" }
    defer { free(program) }
    let folder = String(cString: program).split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
    return folder + "/Modules"
  }

  private static func run(_ command: String) throws -> String {
    guard let pipe = popen(command, "r") else { throw TestFailure("no shell") }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, pipe), count > 0 { bytes += chunk[..<count] }
    guard pclose(pipe) == 0 else { throw TestFailure(String(decoding: bytes, as: UTF8.self)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
