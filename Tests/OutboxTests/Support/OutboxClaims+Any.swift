import Outbox

extension OutboxClaims {
  /// Claims of either class, meters first.
  mutating func claim(keys: Int, entriesPerMeter: Int = 1) throws(OutboxError) -> [Claim] {
    let meters = try claim(.meters, keys: keys, entriesPerMeter: entriesPerMeter)
    guard meters.count < keys else { return meters }
    return try meters + claim(.others, keys: keys - meters.count)
  }
}
