import Billing

/// A leased sequence with its first entries and what decides whether they may be sent.
struct Head {
  let lease: Lease
  let facts: CompanyFacts
  /// None: a sequence without work, which should not have been leased.
  var entries: [ClaimedEntry] = []
  /// The entry behind those cannot be read: changed by hand, or written by a later release.
  var isCutShort = false
  /// The invoice that the first entry needs, where Stripe has been told of it.
  var invoiceReference: InvoiceReference?

  /// The entry would make a customer, and there is one: made by hand, or found by another entry.
  var isSuperfluous: Bool { lease.key.orderingKey == .customer && facts.customer != nil }

  func claim(at start: ContinuousClock.Instant, until end: ContinuousClock.Instant) -> Claim {
    Claim(
      company: lease.key.company, orderingKey: lease.key.orderingKey, token: lease.token, claimedAt: start,
      leaseEnds: end, entries: entries, stripeCustomer: facts.customer, stripeSubscription: facts.subscription,
      displayName: facts.displayName, invoiceReference: invoiceReference)
  }
}

/// A head that must not be sent.
struct HeldHead {
  let lease: Lease
  let hold: Hold
}

/// Heads by what is to be done with them.
struct SortedHeads {
  var sendable: [Head] = []
  var held: [HeldHead] = []
  /// To be given back as they were.
  var returned: [Lease] = []
  var idle: [Lease] = []
  /// Their leases stay: another release may read them, and this one looks again only now and then.
  var unreadable: [Lease] = []

  mutating func append(_ other: SortedHeads) {
    sendable += other.sendable
    held += other.held
    returned += other.returned
    idle += other.idle
    unreadable += other.unreadable
  }
}

struct HeadSorter {
  let requirements: SendRequirements

  func sort(_ heads: [Head]) -> SortedHeads {
    var sorted = SortedHeads()
    for head in heads {
      guard let first = head.entries.first else {
        if head.isCutShort {
          sorted.unreadable.append(head.lease)
        } else {
          sorted.idle.append(head.lease)
        }
        continue
      }
      let lacksInvoice = first.effect.neededInvoice != nil && head.invoiceReference == nil
      let hold = head.facts.hold(
        head.lease.key.orderingKey, period: first.effect.meteredPeriod, lacksInvoice: lacksInvoice, requirements)
      if let hold {
        sorted.held.append(HeldHead(lease: head.lease, hold: hold))
      } else {
        sorted.sendable.append(head)
      }
    }
    return sorted
  }
}
