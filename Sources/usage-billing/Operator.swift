import Audit
import Glibc

/// Who runs this program, for records of what was changed.
enum Operator {
  /// `alice@billing-1`: the system's user, the one before `sudo` where there is one.
  static func person(_ environment: [String: String]) -> Person {
    Person("\(user(environment))@\(host())")
  }

  /// What no person asks for: `scheduler@billing-1`.
  static var scheduler: Person { Person("scheduler@\(host())") }

  private static func user(_ environment: [String: String]) -> String {
    if let user = environment["SUDO_USER"], !user.isEmpty { return user }
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 4096)
    guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
    else {
      return "uid-\(getuid())"
    }
    return String(cString: name)
  }

  private static func host() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown-host" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension Context {
  /// Who runs this program.
  var person: Person { Operator.person(environment) }
}
