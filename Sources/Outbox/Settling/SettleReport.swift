/// What settling did.
public struct SettleReport: Hashable, Sendable {
  /// How many entries were settled as asked.
  public let settled: Int
  /// Settlements that changed nothing: their lease is not the sequence's last any more. Somebody else has claimed it
  /// since, or has settled it; or the call before, whose answer was lost, did.
  public let lost: [Settlement]

  public init(settled: Int, lost: [Settlement]) {
    self.settled = settled
    self.lost = lost
  }
}
