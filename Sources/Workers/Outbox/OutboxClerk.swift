import Billing
import Faults
import Operations
import Outbox
import PostgreSQL

/// Claims entries for the sender, and settles what became of them: everything that waits for a commit.
final class OutboxClerk {
  struct Setting {
    let database: DatabaseConfiguration
    let requirements: SendRequirements
    let lease: Duration
    /// Entries to have at hand.
    let wanted: [ClaimClass: Int]
    /// Of one meter's sequence at once.
    let entriesPerMeter: Int
    let log: Log
    let statistics: OutboxStatistics
    let failpoints: Failpoints
    let pulse: Health.Pulse
    let stop: StopSignal
    let desk: OutboxDesk
    /// Rung by the stop signal and by the sender.
    let bell: Doorbell
  }

  private let setting: Setting
  private var claims: OutboxClaims?
  /// Taken from the desk, and not yet known to be committed.
  private var unsettled: [Settlement] = []
  /// Companies whose unreadable entries were told of.
  private var reported: Set<CompanyID> = []
  private var random = SystemRandomNumberGenerator()
  private var nextLook: [ClaimClass: ContinuousClock.Instant] = [:]

  /// Settlements gather for so long: a commit costs the same for one and for hundreds.
  private static let gathering = Duration.milliseconds(25)
  /// An empty outbox is looked at so often.
  private static let idleLook = Duration.milliseconds(250)

  init(_ setting: Setting) { self.setting = setting }

  /// Works until the sender has left and everything is settled.
  func run() {
    var backoff = Backoff()
    while true {
      setting.pulse.beat()
      do {
        try settle()
        if setting.stop.isSet, setting.desk.isSenderDone, unsettled.isEmpty { return }
        if !setting.stop.isSet { try claim() }
        backoff.reset()
        if setting.bell.wait(atMost: Self.gathering * 4), !setting.stop.isSet { gather() }
      } catch {
        claims = nil
        setting.statistics.failures.add(1)
        setting.log.warning("the outbox cannot be worked on; it waits", ["error": error])
        setting.bell.wait(atMost: backoff.next(using: &random))
      }
    }
  }

  private let patience = Doorbell()

  private func gather() { patience.wait(atMost: Self.gathering) }

  private func settle() throws(OutboxError) {
    unsettled += setting.desk.takeSettlements()
    guard !unsettled.isEmpty else { return }
    setting.failpoints.pass(OutboxFailpoint.beforeSettle)
    var outbox = try connected()
    let start = ContinuousClock.now
    let report = try outbox.settle(unsettled)
    claims = outbox
    setting.failpoints.pass(OutboxFailpoint.afterSettle)
    setting.statistics.settling.observe(start.duration(to: .now))
    if !report.lost.isEmpty {
      setting.statistics.lostLeases.add(report.lost.count)
      setting.log.info("settled by another, or by an earlier attempt", ["entries": report.lost.count])
    }
    setting.statistics.note(unsettled)
    unsettled = []
    // Sequences that were settled may have more.
    nextLook = [:]
  }

  private func claim() throws(OutboxError) {
    for claimClass in ClaimClass.allCases {
      let wanted = setting.wanted[claimClass, default: 0]
      let lacking = wanted - setting.desk.outstanding(claimClass)
      // In portions: a claim of one entry costs as many commits as one of a hundred.
      guard lacking * 2 >= wanted, nextLook[claimClass].map({ $0 <= .now }) ?? true else { continue }
      var outbox = try connected()
      let start = ContinuousClock.now
      let entries = claimClass == .meters ? setting.entriesPerMeter : 1
      let found = try outbox.claim(claimClass, keys: max(1, lacking / entries), entriesPerMeter: entries)
      claims = outbox
      setting.statistics.claiming.observe(start.duration(to: .now))
      for company in outbox.unreadable.subtracting(reported) {
        setting.log.error(
          "an outbox entry cannot be read: changed by hand, or written by a later release", ["company": company])
      }
      reported.formUnion(outbox.unreadable)
      if found.isEmpty {
        nextLook[claimClass] = .now + Self.idleLook
      } else {
        setting.failpoints.pass(OutboxFailpoint.afterClaim)
        let count = found.reduce(0) { $0 + $1.entries.count }
        setting.statistics.claimed.add(count)
        setting.statistics.claimSizes.observe(count)
        setting.desk.hand(found)
      }
    }
  }

  private func connected() throws(OutboxError) -> OutboxClaims {
    if let claims { return claims }
    let opened = try OutboxClaims(
      outboxConnection(setting.database, name: "usage-billing outbox"), lease: setting.lease,
      requirements: setting.requirements, failpoints: setting.failpoints)
    claims = opened
    return opened
  }
}
