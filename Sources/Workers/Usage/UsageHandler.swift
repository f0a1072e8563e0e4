import Billing
import Faults
import Ledger
import Messages
import PostgreSQL

/// The meaning of the messages on the usage queue: usage to be recorded, and records to be taken back.
final class UsageHandler: MessageHandler {
  private let database: DatabaseConfiguration
  private let failpoints: Failpoints
  private let decoder: UsageDecoder
  private let recent: RecentIDs
  private var ledger: Ledger?

  struct Event {
    let usage: UsageEvent
    /// A record whose id a lane of this process has met before.
    let isLikelyRepeat: Bool
  }

  /// - Parameter recent: shared by all lanes of the process.
  init(
    database: DatabaseConfiguration, keyring: PseudonymKeyring, maximumAge days: Int, recent: RecentIDs,
    failpoints: Failpoints = .none
  ) throws {
    self.database = database
    self.recent = recent
    self.failpoints = failpoints
    decoder = try UsageDecoder(keyring: keyring, maximumAge: days)
  }

  var isConnected: Bool { ledger?.isConnected ?? false }

  var writeLimit: Int { ledger?.writeLimit ?? .max }

  func connect() throws(LedgerError) {
    ledger = nil
    ledger = try Ledger(connection: try .forLedger(database), failpoints: failpoints)
  }

  func refresh() throws(LedgerError) { try connected().refresh() }

  func decode(_ body: [UInt8], now: Instant) throws(BadMessage) -> Event {
    let usage = try decoder.decode(body, now: now, metrics: ledger?.metrics ?? [:])
    guard case .recorded(let record) = usage else { return Event(usage: usage, isLikelyRepeat: false) }
    return Event(usage: usage, isLikelyRepeat: recent.note(record.companyID, record.usageID))
  }

  func isLikelyRepeat(_ event: Event) -> Bool { event.isLikelyRepeat }

  func write(_ events: ArraySlice<Event>, now: Instant) throws(LedgerError) -> Written {
    var records: [RecordedUsage] = []
    var voids: [VoidedUsage] = []
    var areRepeats = false
    records.reserveCapacity(events.count)
    for place in events.indices {
      switch events[place].usage {
      case .recorded(let record): records.append(record)
      case .voided(let void): voids.append(void)
      }
      areRepeats = areRepeats || events[place].isLikelyRepeat
    }
    let result = try connected().write(records: records, voids: voids, expectingRepeats: areRepeats, now: now)
    var written = Written()
    for outcome in result.records { written.note(outcome) }
    for outcome in result.voids { written.note(outcome) }
    written.alerts = result.alerts
    return written
  }

  private func connected() throws(LedgerError) -> Ledger {
    guard let ledger else { throw .notConnected }
    return ledger
  }
}

extension Written {
  mutating func note(_ outcome: Outcome) {
    switch outcome {
    case .counted: counted += 1
    case .duplicate(let isConflict):
      duplicates += 1
      if isConflict { conflicts += 1 }
    case .voided, .awaitingRecord: voided += 1
    }
  }
}
