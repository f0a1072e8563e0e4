import Billing
import Operations
import Outbox
import PostgreSQL
import Stripe

/// Asks Stripe now and then which meter events it took and does not count, and opens their entries again. One replica does
/// it; another takes over when that is gone.
final class RejectionReader {
  private let setting: OutboxWorker.Setting
  private let log: Log
  private let statistics: OutboxStatistics
  private let pulse: Health.Pulse
  private let stop: StopSignal
  private let bell: Doorbell
  private let calls: StripeCalls
  /// Of the reader's session, once it has its turn.
  private var session: (connection: Connection, hasTurn: Bool)?
  private var random = SystemRandomNumberGenerator()
  /// Stripe's silence is told once.
  private var isSilent = false

  init(
    _ setting: OutboxWorker.Setting, log: Log, statistics: OutboxStatistics, pulse: Health.Pulse, stop: StopSignal
  ) throws(StripeTransportFailure) {
    self.setting = setting
    self.log = log
    self.statistics = statistics
    self.pulse = pulse
    self.stop = stop
    bell = stop.makeBell()
    calls = try StripeCalls(setting, log: log, pulse: pulse, stop: stop, bell: bell)
  }

  /// Works until the stop signal.
  func run() {
    StripeRounds(pulse: pulse, stop: stop, bell: bell).run { () throws(OutboxError) in
      try look()
      return setting.rejectionInterval
    } noteFailure: { error in
      session = nil
      log.warning("what Stripe rejected later cannot be looked at; it is tried again", ["error": error])
    }
  }

  private func look() throws(OutboxError) {
    let connection = try opened()
    guard try hasTurn() else { return }
    let rejections = Rejections(connection, failpoints: setting.failpoints)
    let reading = try rejections.begin()
    if try read(.rejections(createdSince: reading.since), rejections) {
      try rejections.note(readTo: reading.began)
      isSilent = false
    }
    for (event, createdAt) in try rejections.unreadable() where !stop.isSet {
      _ = try read(RejectionPage.Listed(event: event, createdAt: createdAt), rejections)
    }
  }

  /// Takes what is new of all pages. In which order is all the same: what a report does depends on the entries alone.
  ///
  /// - Returns: whether nothing is left to be read again.
  private func read(_ list: StripeRequest, _ rejections: Rejections) throws(OutboxError) -> Bool {
    var isComplete = true
    var following: StripeRequest? = list
    while let request = following {
      guard let answer = ask(request) else { return false }
      guard let page = RejectionPage(answer) else { return unreadable(answer) }
      let unread = try rejections.unread(among: page.events.map(\.event))
      for listed in page.events where unread.contains(listed.event) {
        guard !stop.isSet else { return false }
        // One that fails does not keep the others from being read.
        if try !read(listed, rejections) { isComplete = false }
      }
      following = page.next
    }
    return isComplete
  }

  /// - Returns: whether it need not be read again.
  private func read(_ listed: RejectionPage.Listed, _ rejections: Rejections) throws(OutboxError) -> Bool {
    guard let answer = ask(.rejection(listed.event)) else { return false }
    guard let report = RejectionReport(answer, to: listed, now: .current) else { return unreadable(answer) }
    setting.failpoints.pass(OutboxFailpoint.afterReport)
    return try take(report, rejections)
  }

  private func take(_ report: RejectionReport, _ rejections: Rejections) throws(OutboxError) -> Bool {
    switch try rejections.take(report, now: .current, using: &random) {
    case .known: break
    case .deferred: return false
    case .taken(let counts):
      statistics.rejectionReports.add(1)
      statistics.reopened.add(Int(counts.reopened))
      let count = report.kinds.reduce(Int64(0)) { $0 + $1.events }
      log.warning(
        "Stripe does not count meter events that it took",
        [
          "events": count, "reopened": counts.reopened, "notReopened": counts.notReopened, "unnamed": counts.unnamed,
        ])
    }
    return true
  }

  private func ask(_ request: StripeRequest) -> StripeAnswer? {
    guard !stop.isSet else { return nil }
    let result = calls.perform(request)
    // Without a token, since the process leaves, nothing was sent.
    guard !stop.isSet else { return nil }
    statistics.note(request.endpoint, result)
    switch result {
    case .success(let answer): return answer
    case .failure(let failure):
      if !isSilent { log.warning("Stripe does not tell what it rejected later", ["failure": failure]) }
      isSilent = true
      return nil
    }
  }

  private func unreadable(_ answer: StripeAnswer) -> Bool {
    if !isSilent { log.warning("Stripe does not tell what it rejected later", ["status": answer.status]) }
    isSilent = true
    return false
  }

  private func hasTurn() throws(OutboxError) -> Bool {
    guard let session else { return false }
    if session.hasTurn { return true }
    let hasTurn = try Rejections(session.connection).takeTurn()
    self.session?.hasTurn = hasTurn
    return hasTurn
  }

  private func opened() throws(OutboxError) -> Connection {
    if let session, session.connection.isOpen { return session.connection }
    let opened = try outboxConnection(setting.database, name: "usage-billing rejections")
    session = (opened, false)
    return opened
  }
}
