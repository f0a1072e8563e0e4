import Billing
import Operations
import Outbox
import PostgreSQL
import Synchronization

/// Counts what is owed to Stripe, every few seconds, on a thread and a connection of its own: with very much owed it takes
/// longer than the question whether the database is there may.
final class OutboxDepthProbe {
  /// What was seen last; `nil` while it is not known.
  final class Sight: Sendable {
    struct View: Sendable {
      let depth: OutboxDepth
      let pauses: Int
      /// Since Stripe was last asked, to the end, what it rejected later.
      let rejectionsAge: Duration
      /// Events that it rejected, and for which no entry was opened again.
      let notReopened: Int64
    }

    private let state: Mutex<View?> = Mutex(nil)

    var view: View? { state.withLock { $0 } }

    fileprivate func note(_ view: View?) { state.withLock { $0 = view } }
  }

  private static let interval = Duration.seconds(5)
  private static let patience = Duration.seconds(20)

  private let database: DatabaseConfiguration
  private let sight: Sight
  private var connection: Connection?

  init(_ database: DatabaseConfiguration, _ sight: Sight) {
    var database = database
    database.connectTimeout = Probe.patience
    self.database = database
    self.sight = sight
  }

  /// Looks until the stop signal.
  func run(stop: StopSignal) {
    let bell = stop.makeBell()
    while !stop.isSet {
      do throws(OutboxError) {
        let connection = try open()
        sight.note(
          Sight.View(
            depth: try OutboxDepth.read(connection), pauses: try OutboxPause.read(connection).count,
            rejectionsAge: try Rejections(connection).readingAge(),
            notReopened: try Rejections(connection).notReopened()))
      } catch {
        // The workers, which have the same trouble, log what it is.
        sight.note(nil)
        connection = nil
      }
      bell.wait(atMost: Self.interval)
    }
  }

  private func open() throws(OutboxError) -> Connection {
    if let connection, connection.isOpen { return connection }
    let opened = try outboxConnection(database, name: "usage-billing depth")
    opened.queryTimeout = Self.patience
    connection = opened
    return opened
  }
}

extension Metrics {
  /// Adds what the probe sees.
  func show(_ sight: OutboxDepthProbe.Sight) {
    for state in OutboxDepth.StateName.allCases {
      sampled(
        .gauge, "usage_billing_outbox_entries",
        "Entries owed to Stripe, by state; at most 100,000 of each are counted.",
        MetricLabel("state", state)
      ) { sight.view.map { .count($0.depth.total(state).entries) } }
      sampled(
        .gauge, "usage_billing_outbox_oldest_age_seconds", "Age of the oldest entry of a state; 0 for none.",
        MetricLabel("state", state)
      ) { sight.view.map { .seconds($0.depth.total(state).oldestAge) } }
    }
    for hold in Hold.allCases {
      sampled(
        .gauge, "usage_billing_outbox_held_entries", "Held entries, by what they wait for.", MetricLabel("hold", hold)
      ) { sight.view.map { .count($0.depth.backlogs[.held(hold)]?.entries ?? 0) } }
    }
    sampled(
      .gauge, "usage_billing_outbox_pauses", "Companies for which sending is paused; all of them count as one more."
    ) { sight.view.map { .count($0.pauses) } }
    sampled(
      .gauge, "usage_billing_stripe_rejections_age_seconds",
      "Time since Stripe was last asked, to the end, which meter events it took and does not count."
    ) { sight.view.map { .seconds($0.rejectionsAge) } }
    sampled(
      .gauge, "usage_billing_stripe_rejections_not_reopened",
      "Meter events that Stripe took and does not count, as read in the last day, for which no entry was opened again."
    ) { sight.view.map { .count(Int($0.notReopened)) } }
  }
}

extension Hold: MetricLabelValue {
  public var labelText: String { rawValue }
}

extension OutboxDepth {
  /// A state without what it waits for.
  enum StateName: String, CaseIterable, MetricLabelValue {
    case queued, delayed, held, unknown, dead, expired

    var labelText: String { rawValue }

    fileprivate init(_ state: State) {
      self =
        switch state {
        case .queued: .queued
        case .delayed: .delayed
        case .held: .held
        case .unknown: .unknown
        case .dead: .dead
        case .expired: .expired
        }
    }
  }

  /// All entries of a state, and the age of the oldest.
  func total(_ name: StateName) -> Backlog {
    let found = backlogs.filter { StateName($0.key) == name }.values
    return Backlog(
      entries: found.reduce(0) { $0 + $1.entries }, oldestAge: found.map(\.oldestAge).max() ?? .zero)
  }
}
