/// What a server does about a request: answer it, at once or later, or hang up.
public struct HTTPReply: Sendable {
  enum Action: Sendable {
    case answer(HTTPResponse)
    case wait(Duration, then: @Sendable () -> HTTPReply)
    case hangUp
  }

  let action: Action

  /// The answer.
  public static func now(_ response: HTTPResponse) -> HTTPReply { HTTPReply(action: .answer(response)) }

  /// Nothing yet. No thread waits: the connection is put aside, and `next` is called when the time is over, also if the
  /// peer has gone meanwhile, on the one thread that all of them share. Where the server is stopped before, it is not
  /// called.
  public static func later(_ delay: Duration, _ next: @escaping @Sendable () -> HTTPReply) -> HTTPReply {
    HTTPReply(action: .wait(delay, then: next))
  }

  /// No answer: the connection is reset.
  public static let hangUp = HTTPReply(action: .hangUp)
}
