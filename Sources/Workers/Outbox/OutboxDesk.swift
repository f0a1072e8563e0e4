import HTTP
import Outbox
import Synchronization

/// Between the clerk, who deals with the database, and the sender, who deals with Stripe: claims go one way, what became
/// of them the other. Neither waits for the other.
final class OutboxDesk: Sendable {
  private struct State {
    var claims: [Claim] = []
    var settlements: [Settlement] = []
    /// Entries handed to the sender whose settlements the clerk has not taken.
    var outstanding: [ClaimClass: Int] = [:]
    var isSenderDone = false
    var waker: HTTPClientWaker?

    /// What nobody will take is unsent: it would be leased for nothing otherwise, and counted as perhaps sent.
    mutating func returnClaims() {
      guard isSenderDone else { return }
      settlements += claims.flatMap { claim in claim.entries.map { Settlement(claim, $0, .unsent) } }
      claims = []
    }
  }

  private let state = Mutex(State())
  /// Rung when the sender has news for the clerk.
  let clerkBell: Doorbell

  init(clerkBell: Doorbell) { self.clerkBell = clerkBell }

  // MARK: The clerk's side

  func hand(_ claims: [Claim]) {
    guard !claims.isEmpty else { return }
    let waker = state.withLock { state in
      for claim in claims { state.outstanding[claim.claimClass, default: 0] += claim.entries.count }
      state.claims += claims
      state.returnClaims()
      return state.waker
    }
    waker?.wake()
  }

  /// Entries that the sender has, or whose settlements wait here.
  func outstanding(_ claimClass: ClaimClass) -> Int { state.withLock { $0.outstanding[claimClass, default: 0] } }

  /// What became of claims; those of one claim are all together.
  func takeSettlements() -> [Settlement] {
    state.withLock { state in
      let settlements = state.settlements
      state.settlements = []
      for settlement in settlements { state.outstanding[settlement.orderingKey.claimClass, default: 0] -= 1 }
      return settlements
    }
  }

  /// Whether there is nothing more to come from the sender.
  var isSenderDone: Bool { state.withLock { $0.isSenderDone && $0.settlements.isEmpty } }

  // MARK: The sender's side

  /// From now on the sender is woken for new claims.
  func attach(_ waker: HTTPClientWaker?) { state.withLock { $0.waker = waker } }

  func takeClaims() -> [Claim] {
    state.withLock { state in
      let claims = state.claims
      state.claims = []
      return claims
    }
  }

  /// - Parameter settlements: of whole claims.
  func report(_ settlements: [Settlement]) {
    guard !settlements.isEmpty else { return }
    let isFirst = state.withLock { state in
      let isFirst = state.settlements.isEmpty
      state.settlements += settlements
      return isFirst
    }
    if isFirst { clerkBell.ring() }
  }

  /// The sender has left; claims that it has not taken come back as unsent.
  func closeSender() {
    state.withLock { state in
      state.isSenderDone = true
      state.returnClaims()
    }
    clerkBell.ring()
  }
}
