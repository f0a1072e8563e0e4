import Billing

/// Says when one replica may send, by the tokens that it has taken. Pure: leases and the clock come in, permissions go out.
///
/// A token is good from its slot on, for some milliseconds: used later, it would come too near to those of other replicas.
/// So what a stalled replica has not used is lost, and the rate holds.
public struct TokenSchedule: Sendable {
  public enum Permission: Hashable, Sendable {
    /// One request, now.
    case send
    /// Nothing before then.
    case wait(until: ContinuousClock.Instant)
    /// There are no tokens: take some.
    case lease
  }

  /// What is to be taken from the buckets.
  public struct Request: Hashable, Sendable {
    public let limits: [RateLimit]
    public let count: Int
    public let horizon: Duration
  }

  /// How far ahead tokens are taken from a single bucket.
  private static let slice = Duration.milliseconds(50)
  /// Where several buckets must agree, the others must not be kept waiting for the slowest: next to nothing.
  private static let sharedSlice = Duration.milliseconds(2)
  /// Shorter, no scheduler would ever meet a slot.
  private static let shortestUse = Duration.milliseconds(4)

  private let limits: [RateLimit]
  private let horizon: Duration
  private var link = ClockLink()
  /// Ascending.
  private var slots: [ContinuousClock.Instant] = []
  private var next = 0
  /// The buckets have no token for us before.
  private var emptyUntil: ContinuousClock.Instant?

  /// - Parameter limits: buckets in which every request counts.
  public init(_ limits: [RateLimit]) {
    self.limits = limits
    horizon = limits.count > 1 ? Self.sharedSlice : Self.slice
  }

  /// Asks to send one request; a permission to send is a token used.
  public mutating func ask(at now: ContinuousClock.Instant) -> Permission {
    let latest = now - use
    while next < slots.count, slots[next] < latest { next += 1 }
    guard next < slots.count else { return isEmpty(at: now).map { .wait(until: $0) } ?? .lease }
    guard slots[next] <= now else { return .wait(until: slots[next]) }
    next += 1
    return .send
  }

  /// How many requests may be sent now, at most.
  public func ready(at now: ContinuousClock.Instant) -> Int {
    let latest = now - use
    return slots[next...].count { $0 >= latest && $0 <= now }
  }

  /// What to take now, so that tokens do not run out while there is work; nil: there are enough, or none to be had yet.
  ///
  /// - Parameter count: how many requests wait.
  public func request(_ count: Int, at now: ContinuousClock.Instant) -> Request? {
    guard count > 0, isEmpty(at: now) == nil else { return nil }
    if let last = slots.last, next < slots.count, last > now + horizon / 2 { return nil }
    return Request(limits: limits, count: count, horizon: horizon)
  }

  /// Takes up what the buckets gave.
  public mutating func add(_ lease: TokenLease) {
    link.note(lease)
    slots.removeFirst(next)
    next = 0
    guard let first = link.local(lease.firstSlot) else { return }
    guard lease.count > 0 else {
      emptyUntil = first - horizon
      return
    }
    // The first exchanges may have met a stall: what they say of the clock is too vague to keep to a slot by.
    guard link.uncertainty + Self.shortestUse <= RateLimit.jitter || link.count > 8 else { return }
    slots += (0..<lease.count).map { first + lease.spacing * $0 }
  }

  private func isEmpty(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    emptyUntil.flatMap { $0 > now ? $0 : nil }
  }

  /// How long after its slot a token is good.
  private var use: Duration {
    max(Self.shortestUse, min(.milliseconds(15), RateLimit.jitter - link.uncertainty))
  }
}
