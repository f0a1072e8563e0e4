import Glibc
import TestBasics
import Testing

/// An authority of one test's own, with certificates from it and a TLS listener (`openssl s_server`) that speaks no AMQP:
/// certificates are judged before the first word of it.
final class TLSServer {
  static let isPossible = access("/usr/bin/openssl", X_OK) == 0

  let port: UInt16
  let authority: String
  private let folder: TemporaryFolder
  private var server = pid_t()

  /// - Parameter names: the certificate's subject alternative names, as openssl writes them.
  init(names: String, expired: Bool = false) throws {
    folder = try TemporaryFolder()
    authority = folder.path(of: "authority.pem")
    let listener = try Listener()
    port = listener.port
    listener.close()
    try folder.write("subjectAltName=\(names)\n", to: "names")
    try openssl(
      "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout @authority.key -out @authority.pem")
    try openssl("req -newkey rsa:2048 -nodes -subj /CN=unused -keyout @server.key -out @server.csr")
    try openssl(
      "x509 -req -in @server.csr -CA @authority.pem -CAkey @authority.key -CAcreateserial -extfile @names -out @server.pem -days "
        + (expired ? "-1" : "2"))
    server = try Self.spawn("s_server -accept 127.0.0.1:\(port) -cert @server.pem -key @server.key -quiet", in: folder)
    for _ in 0..<500 {
      let descriptor = Listener.connect(to: port)
      let isUp = send(descriptor, "", 0, Int32(MSG_NOSIGNAL)) == 0
      Glibc.close(descriptor)
      if isUp { return }
      usleep(10_000)
    }
    throw TestFailure("the TLS server did not come up")
  }

  deinit {
    kill(server, SIGKILL)
    waitpid(server, nil, 0)
  }

  private func openssl(_ arguments: String) throws {
    let process = try Self.spawn(arguments, in: folder)
    var status: Int32 = 0
    guard waitpid(process, &status, 0) == process, status == 0 else {
      throw TestFailure("openssl failed: \(arguments.prefix(10))")
    }
  }

  /// Files of the folder are marked with `@`.
  private static func spawn(_ arguments: String, in folder: TemporaryFolder) throws -> pid_t {
    var words =
      (["openssl"] + arguments.replacing("@", with: "\(folder.path)/").split(separator: " ").map(String.init))
      .map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process = pid_t()
    guard posix_spawn(&process, "/usr/bin/openssl", &actions, nil, &words, environ) == 0 else {
      throw TestFailure("openssl cannot be started")
    }
    return process
  }
}
