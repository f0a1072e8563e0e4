import AMQP
import Billing
import Faults
import Ledger
import Messages
import Operations
import PostgreSQL

/// What happens to a batch: decoded, written, dead-lettered where it must be, and acknowledged, in one place.
final class BatchWork<Handler: MessageHandler> {
  private let setting: LaneSetting
  private let handler: Handler
  private let intake: Intake
  private let deadLetters: DeadLetterPublisher
  private let bell: Doorbell
  private var random = SystemRandomNumberGenerator()
  /// Begins anew with a write that succeeds, not with a connection: a database that takes connections and refuses to
  /// write (a full disk, a missing right) must not be asked twenty times a second.
  private var backoff = Backoff()

  /// Heartbeats are served at least this often while the database is away.
  private static var longestPause: Duration { .seconds(5) }

  init(
    _ setting: LaneSetting, handler: Handler, intake: Intake, deadLetters: DeadLetterPublisher, bell: Doorbell
  ) {
    self.setting = setting
    self.handler = handler
    self.intake = intake
    self.deadLetters = deadLetters
    self.bell = bell
  }

  private struct Event {
    let delivery: Delivery
    let event: Handler.Event
  }

  /// Takes the batch from delivery to acknowledgement.
  func settle(_ batch: Batch) throws(LaneError) {
    setting.failpoints.pass(WorkerFailpoint.afterDelivery)
    let now = setting.clock()
    var dead = 0
    let start = ContinuousClock.now
    let events = try decode(batch, now: now, dead: &dead)
    let decoded = ContinuousClock.now
    var written = Written()
    // Repeats by themselves, when the others are committed: they may have to wait for a transaction of another lane, which
    // must not be waiting for this one.
    for group in apart(events) {
      var rest = group[...]
      while !rest.isEmpty {
        let part = rest.prefix(handler.writeLimit)
        try write(part, now: now, into: &written, dead: &dead)
        rest = rest.dropFirst(part.count)
      }
    }
    let committed = ContinuousClock.now
    setting.statistics.decoding.observe(start.duration(to: decoded))
    setting.statistics.writing.observe(decoded.duration(to: committed))
    if dead > 0 {
      setting.failpoints.pass(WorkerFailpoint.beforeDeadLetterConfirm)
      try deadLetters.settle()
      setting.failpoints.pass(WorkerFailpoint.afterDeadLetterConfirm)
    }
    let settling = ContinuousClock.now
    try acknowledge(batch)
    setting.statistics.acknowledging.observe(settling.duration(to: .now))
    setting.statistics.note(batch, written, dead: dead)
    if written.alerts > 0 { setting.relayBell.ring() }
  }

  /// Waits, if need be, until there is a database connection. Nothing is consumed meanwhile.
  func ensureDatabase() throws(LaneError) {
    guard !handler.isConnected else { return }
    do { try handler.connect() } catch { try reconnect(after: error) }
  }

  // MARK: Decoding

  /// The good messages, in order of delivery; the bad ones are on their way to the dead-letter queue.
  private func decode(_ batch: Batch, now: Instant, dead: inout Int) throws(LaneError) -> [Event] {
    var events: [Event] = []
    events.reserveCapacity(batch.deliveries.count)
    var isRefreshed = false
    for delivery in batch.deliveries {
      do {
        events.append(Event(delivery: delivery, event: try handler.decode(delivery.body, now: now)))
      } catch {
        var bad = error
        if error.reason.mayBeMendedByCatalog {
          // What it names may have come with a catalog that this lane has not read yet.
          if !isRefreshed { try refresh() }
          isRefreshed = true
          do {
            events.append(Event(delivery: delivery, event: try handler.decode(delivery.body, now: now)))
            continue
          } catch {
            bad = error
          }
        }
        try reject(delivery, because: bad, now: now, dead: &dead)
      }
    }
    return events
  }

  private func reject(
    _ delivery: Delivery, because bad: BadMessage, now: Instant, dead: inout Int
  ) throws(LaneError) {
    try deadLetters.send(delivery.body, because: bad, now: now)
    setting.statistics.noteBad(bad.reason)
    dead += 1
  }

  private func refresh() throws(LaneError) {
    while true {
      do { return try handler.refresh() } catch { try reconnect(after: error) }
    }
  }

  // MARK: Writing

  /// What is new, then what is likely to repeat it; each in order of delivery.
  private func apart(_ events: [Event]) -> [[Event]] {
    guard events.contains(where: { handler.isLikelyRepeat($0.event) }) else { return [events] }
    return [events.filter { !handler.isLikelyRepeat($0.event) }, events.filter { handler.isLikelyRepeat($0.event) }]
  }

  /// Writes the events. Where the database refuses what one of them holds, the batch is split until that one stands
  /// alone and becomes a dead letter; where the database is away, this waits for it.
  private func write(
    _ events: ArraySlice<Event>, now: Instant, into written: inout Written, dead: inout Int
  ) throws(LaneError) {
    guard !events.isEmpty else { return }
    var refused: [(position: Int, bad: BadMessage)] = []
    while true {
      do {
        let result = try handler.write(events.map(\.event), now: now)
        written += result
        backoff.reset()
        refused = result.refused
        break
      } catch {
        guard error.isFaultOfRecord else {
          try reconnect(after: error)
          continue
        }
        if events.count == 1, let event = events.first {
          if case .archivedMonth = error {
            return try reject(event.delivery, because: .ofArchivedMonth, now: now, dead: &dead)
          }
          setting.log.error("a message was refused by the database", ["lane": setting.number, "error": error])
          return try reject(event.delivery, because: .refusedByDatabase, now: now, dead: &dead)
        }
        let middle = events.startIndex + events.count / 2
        try write(events[..<middle], now: now, into: &written, dead: &dead)
        try write(events[middle...], now: now, into: &written, dead: &dead)
        return
      }
    }
    for (position, bad) in refused {
      try reject(events[events.startIndex + position].delivery, because: bad, now: now, dead: &dead)
    }
  }

  // MARK: The database away

  /// Stops consuming and tries again, ever less often, until the database answers. The broker's connection is kept
  /// alive, and with it the claim on the batch in hand.
  ///
  /// - Throws: `stopped` when the process is to end first; the broker's error when that connection fails meanwhile.
  private func reconnect(after error: LedgerError) throws(LaneError) {
    var error = error
    setting.statistics.databaseFailures.add(1)
    setting.log.warning(
      "the database cannot be written; consuming stops until it can", ["lane": setting.number, "error": error])
    setting.health.consumer.withdraw()
    try broker { () throws(AMQPError) in try intake.pause() }
    while true {
      try pause(for: backoff.next(using: &random))
      do {
        try handler.connect()
        setting.log.info("the database answers again", ["lane": setting.number])
        return
      } catch let next {
        if next.kindOfProblem != error.kindOfProblem {
          setting.log.warning("the database is still away", ["lane": setting.number, "error": next])
        }
        error = next
      }
    }
  }

  private func pause(for duration: Duration) throws(LaneError) {
    var rest = duration
    while rest > .zero {
      setting.health.pulse.beat()
      if setting.stop.isSet { throw .stopped }
      try broker { () throws(AMQPError) in try intake.consumer.serviceHeartbeats() }
      try deadLetters.serviceHeartbeats()
      let step = min(rest, Self.longestPause)
      bell.wait(atMost: step)
      rest -= step
    }
    if setting.stop.isSet { throw .stopped }
  }

  // MARK: Acknowledging

  /// The only place that settles deliveries: everything of the batch is committed or confirmed by now.
  private func acknowledge(_ batch: Batch) throws(LaneError) {
    setting.failpoints.pass(WorkerFailpoint.beforeAcknowledge)
    try broker { () throws(AMQPError) in
      // The broker dead-letters these itself: their bodies were never here.
      for tag in batch.oversized { try intake.consumer.reject(tag, requeue: false) }
      if let last = batch.deliveries.last { try intake.consumer.acknowledge(last.tag, multiple: true) }
    }
    setting.failpoints.pass(WorkerFailpoint.afterAcknowledge)
  }
}

extension BadMessage {
  static let refusedByDatabase = BadMessage(
    .databaseRefused, field: "body", rule: "passes every rule, and the database does not take it")

  /// `MAX_USAGE_AGE` would let it pass, and nobody could tell whether it was counted before.
  static let ofArchivedMonth = BadMessage(.tooOld, field: "timestamp", rule: "must not be in a month that is archived")
}

extension LedgerError {
  /// Whether one of the records is at fault, so that the others can be written without it.
  fileprivate var isFaultOfRecord: Bool {
    switch self {
    // What the database holds of one record or company and cannot be read concerns nobody else.
    case .database(let error): isDataRefused || error.kind == .decoding
    case .unexpected, .archivedMonth: true
    case .noCatalog, .catalog, .contended, .oldSchema, .notConnected: false
    }
  }

  /// Tells one kind of trouble from another, so that the log says it once.
  fileprivate var kindOfProblem: String { description }
}
