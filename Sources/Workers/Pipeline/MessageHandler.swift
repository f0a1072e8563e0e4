import Billing
import Ledger
import Messages

/// What turns one queue's messages into effects: the part of a worker that knows what they mean. Each lane has its own,
/// with its own database connection.
protocol MessageHandler: AnyObject {
  associatedtype Event

  /// Whether there is a database connection, as far as is known.
  var isConnected: Bool { get }

  /// Opens the database connection; closes a former one.
  func connect() throws(LedgerError)

  /// Reads a changed catalog. What a message was refused by may be in it.
  func refresh() throws(LedgerError)

  func decode(_ body: [UInt8], now: Instant) throws(BadMessage) -> Event

  /// How many events one `write` should be given, for now.
  var writeLimit: Int { get }

  /// Whether the event is probably a repeat: those of a batch are written after the others, in transactions of their own.
  func isLikelyRepeat(_ event: Event) -> Bool

  /// Commits all of the events' effects, or none of them; those of events that are refused aside.
  func write(_ events: ArraySlice<Event>, now: Instant) throws(LedgerError) -> Written
}

extension MessageHandler {
  func isLikelyRepeat(_ event: Event) -> Bool { false }
}

/// What a batch came to, for statistics.
struct Written: Sendable {
  var counted = 0
  var duplicates = 0
  var conflicts = 0
  var voided = 0
  /// What the ledger says otherwise than it should by now, and keeps, since its period is closed.
  var differences = 0
  /// Threshold messages owed since.
  var alerts = 0
  /// Events that turned out to be bad where the database was asked, by their places in what was given.
  var refused: [(position: Int, bad: BadMessage)] = []

  init() {}

  /// Adds up the numbers. Places mean nothing in a sum.
  static func += (left: inout Written, right: Written) {
    left.counted += right.counted
    left.duplicates += right.duplicates
    left.conflicts += right.conflicts
    left.voided += right.voided
    left.differences += right.differences
    left.alerts += right.alerts
  }
}
