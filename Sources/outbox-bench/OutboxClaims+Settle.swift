import Outbox

// In a file of its own: Ledger has an `Outcome` of its own, too.
extension OutboxClaims {
  mutating func settle(_ claims: [Claim], _ outcome: Outcome) throws {
    let settlements = claims.flatMap { claim in claim.entries.map { Settlement(claim, $0, outcome) } }
    guard try settle(settlements).lost.isEmpty else { throw BenchError("a lease was lost") }
  }
}
