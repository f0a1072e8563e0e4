import Billing
import Outbox
import PostgreSQL

/// Looks at what is owed to Stripe.
struct OutboxCheckup {
  /// What goes out by itself does so within seconds; a rate limit may need longer for what comes all at once.
  private static let toleratedAge = Duration.seconds(600)

  func findings(_ connection: Connection) -> [Finding] {
    do throws(OutboxError) {
      let depth = try OutboxDepth.read(connection)
      var findings = [owed(depth)]
      findings += Self.pauses(try OutboxPause.read(connection))
      for (state, word) in [(OutboxDepth.State.unknown, "unknown"), (.dead, "dead")] {
        guard let backlog = depth.backlogs[state] else { continue }
        findings.append(
          .wrong(
            "outbox \(word)", "\(backlog.entries) entries, the oldest \(backlog.oldestAge.shortText) old",
            "see: usage-billing outbox list --state \(word); then outbox retry or outbox discard"))
      }
      return findings
    } catch {
      return [.wrong("outbox", FailureText.text(of: error), "look at the database server's log")]
    }
  }

  private func owed(_ depth: OutboxDepth) -> Finding {
    let waiting = [depth.backlogs[.queued], depth.backlogs[.delayed]].compactMap(\.self)
    let held = depth.backlogs.filter { if case .held = $0.key { true } else { false } }
    let expired = depth.backlogs[.expired]?.entries ?? 0
    guard !waiting.isEmpty || !held.isEmpty || expired > 0 else { return .fine("outbox", "nothing is owed to Stripe") }
    var parts: [String] = []
    let oldest = waiting.map(\.oldestAge).max() ?? .zero
    if !waiting.isEmpty {
      parts.append("\(waiting.reduce(0) { $0 + $1.entries }) entries to be sent, the oldest \(oldest.shortText) old")
    }
    if !held.isEmpty {
      let reasons = Set(held.keys.compactMap { if case .held(let hold) = $0 { hold.rawValue } else { nil } })
      parts.append("\(held.values.reduce(0) { $0 + $1.entries }) held (\(reasons.sorted().joined(separator: ", ")))")
    }
    if expired > 0 { parts.append("\(expired) too late for their meters, to become invoice items") }
    let text = parts.joined(separator: "; ")
    guard oldest <= Self.toleratedAge else {
      return .wrong("outbox", text, "see that an outbox-worker runs and reaches Stripe; its log says what hinders it")
    }
    return held.isEmpty
      ? .fine("outbox", text) : .note("outbox", text, "see: usage-billing outbox list --state held")
  }

  private static func pauses(_ pauses: [OutboxPause]) -> [Finding] {
    guard !pauses.isEmpty else { return [] }
    let companies = pauses.filter { $0.company != nil }
    var text = pauses.count > companies.count ? "sending is paused for all companies" : ""
    if !companies.isEmpty { text += "\(text.isEmpty ? "" : "; ")paused: \(companies.count) companies" }
    return [.note("outbox pauses", text, "see: usage-billing outbox list; usage-billing outbox resume")]
  }
}
