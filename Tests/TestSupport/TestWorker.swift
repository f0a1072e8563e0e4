import Glibc
import Synchronization
import TestBasics

/// The real program as a process of its own: started, watched, asked to end or killed.
public final class TestWorker: Sendable {
  /// How a process ended.
  public enum Exit: Sendable, Equatable {
    case status(Int32)
    case signal(Int32)
  }

  /// The program under test: `USAGE_BILLING_BINARY`, or what the package has built last.
  public static let binary: String? = {
    if let path = getenv("USAGE_BILLING_BINARY") { return String(cString: path) }
    let built = TestDatabase.schemasFolder + "/../.build/debug/usage-billing"
    return access(built, X_OK) == 0 ? built : nil
  }()

  private let pid: pid_t
  /// What it says.
  private let folder: TemporaryFolder
  private var outputPath: String { folder.path(of: "out") }
  private var errorPath: String { folder.path(of: "err") }
  private let exit = Mutex<Exit?>(nil)

  /// Starts `usage-billing` with nothing in its environment but the given variables and the search paths.
  ///
  /// - Parameter fileLimit: bytes that a file of it may have, in steps of 512: writing more fails.
  public init(
    _ arguments: [String] = ["usage-worker"], environment: [String: String], fileLimit: Int? = nil
  ) throws {
    guard let program = Self.binary else { throw TestFailure("set USAGE_BILLING_BINARY") }
    let binary = fileLimit == nil ? program : "/bin/sh"
    let shell = fileLimit.map { ["-c", "trap '' XFSZ; ulimit -f \($0 / 512); exec \"$0\" \"$@\"", program] } ?? []
    let arguments = shell + arguments
    folder = try TemporaryFolder()
    var variables = environment
    for name in ["PATH", "LD_LIBRARY_PATH", "USAGE_BILLING_RUN"] {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    pid = try Self.spawn(
      binary, arguments, variables, output: folder.path(of: "out"), error: folder.path(of: "err"))
  }

  deinit {
    if exitNow() == nil {
      Glibc.kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
  }

  /// Runs a command to its end, which must be status 0, and gives its standard output.
  @discardableResult
  public static func run(_ arguments: [String], environment: [String: String]) throws -> String {
    let command = try TestWorker(arguments, environment: environment)
    let exit = try command.waitForExit()
    guard exit == .status(0) else {
      let told = command.standardError + command.standardOutput
      throw TestFailure("\(arguments.joined(separator: " ")) ended with \(exit): \(told)")
    }
    return command.standardOutput
  }

  public var isRunning: Bool { exitNow() == nil }
  public var standardError: String { Self.text(errorPath) }
  public var standardOutput: String { Self.text(outputPath) }

  /// SIGTERM.
  public func terminate() { Glibc.kill(pid, SIGTERM) }

  /// SIGKILL.
  public func kill() { Glibc.kill(pid, SIGKILL) }

  public func waitForExit(within seconds: Int = 60) throws -> Exit {
    var last: Exit?
    try eventually("the process ends; it said: \(standardError.suffix(2_000))", within: seconds) {
      last = exitNow()
      return last != nil
    }
    return last ?? .status(-1)
  }

  /// Asks it to end, which must end well.
  public func stop(within seconds: Int = 30) throws {
    terminate()
    let exit = try waitForExit(within: seconds)
    guard exit == .status(0) else { throw TestFailure("the worker ended with \(exit): \(standardError.suffix(2_000))") }
  }

  private func exitNow() -> Exit? {
    exit.withLock { exit in
      if let exit { return exit }
      var status: Int32 = 0
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      // The lower seven bits are the signal, the next byte the status.
      exit = status & 0x7F == 0 ? .status((status >> 8) & 0xFF) : .signal(status & 0x7F)
      return exit
    }
  }

  private static func text(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func spawn(
    _ binary: String, _ arguments: [String], _ variables: [String: String], output: String, error: String
  ) throws -> pid_t {
    var words = ([binary] + arguments).map { strdup($0) } + [nil]
    var environment = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + environment { free(text) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var pid = pid_t()
    let status = posix_spawn(&pid, binary, &actions, nil, &words, &environment)
    guard status == 0 else { throw TestFailure("\(binary) cannot be started: \(String(cString: strerror(status)))") }
    return pid
  }
}
