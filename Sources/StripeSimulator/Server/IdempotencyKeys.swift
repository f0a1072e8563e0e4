/// Idempotency keys as Stripe keeps them: what came of a call is told again to who asks the same under its key.
struct IdempotencyKeys: Sendable {
  /// What a call under a key is to do.
  enum Choice {
    case execute
    case replay(Answer, originalRequest: String)
    case refuse(StripeFailure)
  }

  private struct Entry {
    let fingerprint: UInt64
    let requestID: String
    let since: Int64
    /// `nil` while the call is in flight.
    var answer: Answer?
  }

  private var entries: [String: Entry] = [:]
  /// The oldest first, from `oldest` on.
  private var order: [(key: String, since: Int64)] = []
  private var oldest = 0

  var count: Int { entries.count }

  /// - Parameters:
  ///   - fingerprint: of method, path and parameters.
  ///   - lifetime: microseconds, as `now`.
  mutating func begin(
    _ key: String, fingerprint: UInt64, requestID: String, now: Int64, lifetime: Int64
  ) -> Choice {
    forget(before: now - lifetime)
    if let entry = entries[key], entry.answer == nil || entry.since > now - lifetime {
      guard entry.fingerprint == fingerprint else { return .refuse(.keyReused(key)) }
      guard let answer = entry.answer else { return .refuse(.keyInUse) }
      return .replay(answer, originalRequest: entry.requestID)
    }
    entries[key] = Entry(fingerprint: fingerprint, requestID: requestID, since: now)
    order.append((key, now))
    return .execute
  }

  /// Keeps what came of the call that has begun under the key.
  mutating func save(_ key: String, _ answer: Answer) { entries[key]?.answer = answer }

  /// The call in flight left nothing to be kept.
  mutating func release(_ key: String) {
    if let entry = entries[key], entry.answer == nil { entries[key] = nil }
  }

  private mutating func forget(before time: Int64) {
    while oldest < order.count, order[oldest].since <= time {
      let (key, since) = order[oldest]
      if let entry = entries[key], entry.since == since, entry.answer != nil { entries[key] = nil }
      oldest += 1
    }
    if oldest > 1000, oldest > order.count / 2 {
      order.removeFirst(oldest)
      oldest = 0
    }
  }
}
