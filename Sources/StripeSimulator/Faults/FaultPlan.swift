/// The faults that are still to come.
struct FaultPlan: Sendable {
  fileprivate struct Entry {
    var rule: FaultRule
    var random: SeededRandom
    var used = 0
  }

  private var entries: [Entry] = []
  /// How often each came.
  private(set) var counts: [Fault.Kind: Int] = [:]

  var rules: [(rule: FaultRule, used: Int)] { entries.map { ($0.rule, $0.used) } }

  mutating func add(_ rule: FaultRule) {
    var seed: UInt64 = 0
    if case .share(_, let given) = rule.extent { seed = given }
    entries.append(Entry(rule: rule, random: SeededRandom(seed: seed)))
  }

  mutating func clear() { entries = [] }

  /// What befalls a call; each call draws once.
  mutating func draw(_ endpoint: String) -> Fault? {
    for index in entries.indices {
      guard let fault = entries[index].draw(endpoint) else { continue }
      counts[fault.kind, default: 0] += 1
      if case .next(0) = entries[index].rule.extent { entries.remove(at: index) }
      return fault
    }
    return nil
  }
}

extension FaultPlan.Entry {
  fileprivate mutating func draw(_ endpoint: String) -> Fault? {
    guard rule.endpoint == nil || rule.endpoint == endpoint, !rule.faults.isEmpty else { return nil }
    guard rule.skip == 0 else {
      rule.skip -= 1
      return nil
    }
    switch rule.extent {
    case .next(let count):
      guard count > 0 else { return nil }
      rule.extent = .next(count - 1)
      defer { used += 1 }
      return rule.faults[used % rule.faults.count]
    case .share(let millionths, _):
      // Both are drawn at each call, so that which calls are hit does not depend on what hits them.
      let (dice, choice) = (random.next() % 1_000_000, random.next())
      guard dice < millionths else { return nil }
      used += 1
      return rule.faults[Int(choice % UInt64(rule.faults.count))]
    }
  }
}
