import Billing
import Operations
import Outbox
import PostgreSQL
import Stripe

/// Looks for meter events that Stripe does not count and does not name: among those that were delivered at the time, the
/// ones whose minute is empty at Stripe.
struct RejectionSearch {
  let connection: Connection
  let statistics: OutboxStatistics
  let log: Log
  /// `nil` when Stripe does not answer, or the process leaves.
  let ask: (StripeRequest) -> StripeAnswer?

  func run() throws(OutboxError) {
    let unnamed = try UnnamedRejections(connection)
    var random = SystemRandomNumberGenerator()
    while let group = try unnamed.next(now: .current) {
      guard let lost = try lost(of: group, unnamed) else { return }
      let (reopened, unfound) = try unnamed.settle(group, lost: lost, now: .current, using: &random)
      statistics.reopened.add(reopened)
      statistics.unfound.add(Int(unfound))
      log.warning(
        "meter events that Stripe does not count and does not name were looked for",
        ["reopened": reopened, "unfound": unfound])
    }
  }

  /// `nil` when Stripe does not tell: all of it is asked again later.
  private func lost(of group: UnnamedRejections.Group, _ unnamed: UnnamedRejections) throws(OutboxError) -> [EntryID]? {
    guard let meter = group.meter else { return [] }
    var directory = MeterDirectory()
    var following: StripeRequest? = .meters(after: nil)
    while let request = following {
      guard let answer = ask(request) else { return nil }
      let (isRead, next) = directory.learn(answer)
      guard isRead else { return nil }
      following = next
    }
    guard let metric = directory.metric(of: meter),
      let candidates = try unnamed.candidates(group, metric: metric)
    else { return [] }
    var lost: [EntryID] = []
    for candidate in candidates {
      let question = MinuteSummary.request(candidate.event, meter: meter, customer: candidate.customer)
      guard let answer = ask(question),
        let summary = MinuteSummary(answer, of: candidate.event, meter: meter)
      else { return nil }
      if summary == .empty || (summary == .noCustomer && group.lackCustomers) { lost.append(candidate.id) }
    }
    return lost
  }
}
