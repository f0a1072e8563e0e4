import Billing

/// Counts subjects that may go by several pseudonyms, one for each key under which they were seen.
struct SubjectIdentities {
  private var parents: [Pseudonym: Pseudonym] = [:]

  /// How many different subjects there are.
  private(set) var count = 0

  /// A subject with the pseudonyms that are known to be its own.
  mutating func add(_ current: Pseudonym, former: [Pseudonym]) {
    insert(current)
    for pseudonym in former {
      insert(pseudonym)
      let (one, other) = (root(of: current), root(of: pseudonym))
      guard one != other else { continue }
      parents[one] = other
      count -= 1
    }
  }

  private mutating func insert(_ pseudonym: Pseudonym) {
    guard parents[pseudonym] == nil else { return }
    parents[pseudonym] = pseudonym
    count += 1
  }

  private mutating func root(of pseudonym: Pseudonym) -> Pseudonym {
    var current = pseudonym
    while let parent = parents[current], parent != current {
      // Halving the path keeps it short.
      if let grandparent = parents[parent] { parents[current] = grandparent }
      current = parent
    }
    return current
  }
}
