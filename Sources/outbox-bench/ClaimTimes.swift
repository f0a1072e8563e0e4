import JSON
import Outbox

/// How long claims take while as much waits as before: what is claimed is given back unsent.
enum ClaimTimes {
  /// The first claims of a session make its plans.
  private static let warmUp = 10

  static func measure(_ claims: inout OutboxClaims, count: Int, keys: Int) throws {
    var (claiming, settling): ([Int64], [Int64]) = ([], [])
    for round in 0..<(count + warmUp) {
      let start = ContinuousClock.now
      let claimed = try claims.claim(.meters, keys: keys)
      let middle = ContinuousClock.now
      guard claimed.count == keys else { throw BenchError("\(claimed.count) claimed instead of \(keys)") }
      try claims.settle(claimed, .unsent)
      guard round >= warmUp else { continue }
      claiming.append(start.duration(to: middle).wholeMicroseconds)
      settling.append(middle.duration(to: .now).wholeMicroseconds)
    }
    report { json in
      json.key("claimMicroseconds")
      json.array { json in for time in claiming { json.number(Int(time)) } }
      json.key("settleMicroseconds")
      json.array { json in for time in settling { json.number(Int(time)) } }
    }
  }
}

extension Duration {
  var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
