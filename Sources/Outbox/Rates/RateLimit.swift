/// How many requests of a kind all replicas together may send in any second: a bucket of tokens.
public struct RateLimit: Hashable, Sendable {
  /// The bucket's name in the database: replicas with the same name share it.
  public let name: String
  /// At least 1.
  public let perSecond: Int

  public init(_ name: StaticString, perSecond: Int) {
    self.name = name.description
    self.perSecond = max(1, perSecond)
  }

  /// How much later than its slot, at most, a token is used, clocks' errors included: two requests may be so much nearer to
  /// each other than their slots.
  static let jitter = Duration.milliseconds(20)
  /// What the way to Stripe may add to that: it is Stripe that counts.
  private static let way = Duration.milliseconds(5)

  /// Between two tokens. In any second there are at most the rate and 2 % of requests: so many and one more lie a second,
  /// the jitter and the way apart. Requests are a little slower for it: by 0.5 %, at rates below 50 by 2.5 %.
  var spacing: Duration {
    let most = Int64(perSecond) * 102 / 100
    let even = (1_000_000 + Int64(perSecond) - 1) / Int64(perSecond)
    let safe = (1_000_000 + (Self.jitter + Self.way).microseconds + most - 1) / most
    return .microseconds(max(even, safe))
  }
}
