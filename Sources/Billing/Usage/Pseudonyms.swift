/// A person under every key the operator has: new records carry the newest pseudonym, look-ups try the older ones too.
public struct Pseudonyms: Hashable, Sendable {
  public let newest: Pseudonym
  /// Under the other keys, in the operator's order.
  public let older: [Pseudonym]

  public init(newest: Pseudonym, older: [Pseudonym] = []) {
    self.newest = newest
    self.older = older
  }
}
