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
  /// Of a long list of deliveries settled by one frame, the broker's runtime makes more work than of several short ones: a
  /// seventh of what it does for a message in all, with batches of 8,000.
  private static var settledAtOnce: Int { 1000 }

  init(
    _ setting: LaneSetting, handler: Handler, intake: Intake, deadLetters: DeadLetterPublisher, bell: Doorbell
  ) {
    self.setting = setting
    self.handler = handler
    self.intake = intake
    self.deadLetters = deadLetters
    self.bell = bell
  }

  /// Events that are written together, and where in the batch their deliveries are.
  private struct Group {
    private(set) var events: [Handler.Event] = []
    private(set) var places: [Int] = []

    mutating func append(_ event: Handler.Event, at place: Int) {
      events.append(event)
      places.append(place)
    }
  }

  /// Takes the batch from delivery to acknowledgement.
  func settle(_ batch: Batch) throws(LaneError) {
    setting.failpoints.pass(WorkerFailpoint.afterDelivery)
    let now = setting.clock()
    var dead = 0
    let start = ContinuousClock.now
    let (fresh, repeats) = try decode(batch, now: now, dead: &dead)
    let decoded = ContinuousClock.now
    var written = Written()
    // Repeats by themselves, when the others are committed: they may have to wait for a transaction of another lane, which
    // must not be waiting for this one.
    for group in [fresh, repeats] {
      var rest = group.events.indices
      while !rest.isEmpty {
        let part = rest.prefix(handler.writeLimit)
        try write(part, of: group, in: batch, now: now, into: &written, dead: &dead)
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

  /// The good messages, in order of delivery: what is new, and what is likely to repeat it. The bad ones are on their way
  /// to the dead-letter queue.
  private func decode(
    _ batch: Batch, now: Instant, dead: inout Int
  ) throws(LaneError) -> (fresh: Group, repeats: Group) {
    var groups = (fresh: Group(), repeats: Group())
    var isRefreshed = false
    func decode(at place: Int) throws(BadMessage) {
      let event = try handler.decode(batch.deliveries[place].body, now: now)
      if handler.isLikelyRepeat(event) {
        groups.repeats.append(event, at: place)
      } else {
        groups.fresh.append(event, at: place)
      }
    }
    for place in batch.deliveries.indices {
      do {
        try decode(at: place)
      } catch {
        var bad = error
        if error.reason.mayBeMendedByCatalog {
          // What it names may have come with a catalog that this lane has not read yet.
          if !isRefreshed { try refresh() }
          isRefreshed = true
          do {
            try decode(at: place)
            continue
          } catch {
            bad = error
          }
        }
        try reject(batch.deliveries[place], because: bad, now: now, dead: &dead)
      }
    }
    return groups
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

  /// Writes a part of a group. Where the database refuses what one of its events holds, it is split until that one stands
  /// alone and becomes a dead letter; where the database is away, this waits for it.
  private func write(
    _ part: Range<Int>, of group: Group, in batch: Batch, now: Instant, into written: inout Written, dead: inout Int
  ) throws(LaneError) {
    guard !part.isEmpty else { return }
    func reject(at position: Int, because bad: BadMessage) throws(LaneError) {
      try self.reject(batch.deliveries[group.places[position]], because: bad, now: now, dead: &dead)
    }
    var refused: [(position: Int, bad: BadMessage)] = []
    while true {
      do {
        let result = try handler.write(group.events[part], now: now)
        written += result
        backoff.reset()
        refused = result.refused
        break
      } catch {
        guard error.isFaultOfRecord else {
          try reconnect(after: error)
          continue
        }
        if part.count == 1 {
          if case .archivedMonth = error { return try reject(at: part.lowerBound, because: .ofArchivedMonth) }
          setting.log.error("a message was refused by the database", ["lane": setting.number, "error": error])
          return try reject(at: part.lowerBound, because: .refusedByDatabase)
        }
        let middle = part.lowerBound + part.count / 2
        for half in [part.lowerBound..<middle, middle..<part.upperBound] {
          try write(half, of: group, in: batch, now: now, into: &written, dead: &dead)
        }
        return
      }
    }
    for (position, bad) in refused { try reject(at: part.lowerBound + position, because: bad) }
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
      var rest = batch.deliveries[...]
      while !rest.isEmpty {
        let part = rest.prefix(Self.settledAtOnce)
        try intake.consumer.acknowledge(part[part.endIndex - 1].tag, multiple: true)
        rest = rest.dropFirst(part.count)
      }
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
