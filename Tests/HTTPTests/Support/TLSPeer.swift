import Glibc
import TestBasics

/// An authority of one test's own, with a certificate from it and a server in another process that uses it:
/// `openssl s_server -www`, or Node's HTTP/2.
final class TLSPeer {
  enum Program {
    case openssl
    case nodeHTTP2

    var path: String { self == .openssl ? "/usr/bin/openssl" : "/usr/bin/node" }
    var isThere: Bool { access(path, X_OK) == 0 && access("/usr/bin/openssl", X_OK) == 0 }
  }

  let port: UInt16
  let authority: String
  private let folder: TemporaryFolder
  private var server = pid_t()

  /// - Parameter names: the certificate's subject alternative names, as openssl writes them.
  init(names: String, _ program: Program = .openssl) throws {
    folder = try TemporaryFolder()
    authority = folder.path(of: "authority.pem")
    // A port that is free now; nothing else of this test takes one meanwhile.
    port = try RawPeer { _ in }.port
    try folder.write("subjectAltName=\(names)\n", to: "names")
    try openssl(
      "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout @authority.key -out @authority.pem")
    try openssl("req -newkey rsa:2048 -nodes -subj /CN=unused -keyout @server.key -out @server.csr")
    try openssl(
      "x509 -req -in @server.csr -CA @authority.pem -CAkey @authority.key -CAcreateserial -extfile @names "
        + "-out @server.pem -days 2")
    switch program {
    case .openssl:
      server = try spawn(program, "s_server -accept 127.0.0.1:\(port) -cert @server.pem -key @server.key -quiet -www")
    case .nodeHTTP2:
      try folder.write(Self.script(port), to: "server.js")
      server = try spawn(program, "@server.js")
    }
    let client = eventually { [port] in
      let client = RawClient(port)
      return client.send("")
    }
    guard client else { throw TestFailure("the TLS server did not come up") }
  }

  deinit {
    kill(server, SIGKILL)
    waitpid(server, nil, 0)
  }

  private static func script(_ port: UInt16) -> String {
    """
    const fs = require('fs'), read = name => fs.readFileSync(__dirname + '/' + name)
    require('http2').createSecureServer({key: read('server.key'), cert: read('server.pem')}, (request, response) => {
      response.setHeader('x-version', request.httpVersion)
      setTimeout(() => response.end('ok'), 20)
    }).listen(\(port), '127.0.0.1')
    """
  }

  private func openssl(_ arguments: String) throws {
    let process = try spawn(.openssl, arguments)
    var status: Int32 = 0
    guard waitpid(process, &status, 0) == process, status == 0 else {
      throw TestFailure("openssl failed: \(arguments.prefix(10))")
    }
  }

  /// Files of the folder are marked with `@`.
  private func spawn(_ program: Program, _ arguments: String) throws -> pid_t {
    var words =
      ([program.path] + arguments.replacing("@", with: "\(folder.path)/").split(separator: " ").map(String.init))
      .map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process = pid_t()
    guard posix_spawn(&process, program.path, &actions, nil, &words, environ) == 0 else {
      throw TestFailure("\(program.path) cannot be started")
    }
    return process
  }
}
