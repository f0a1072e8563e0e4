import Ledger
import PostgreSQL
import Synchronization

/// What the database tells of the messages that are owed to the broker. It belongs to one thread; what it saw last may be
/// read by all.
final class OutboxProbe {
  /// What was seen last; `nil` while it is not known.
  final class Sight: Sendable {
    private let state: Mutex<EventOutbox.Backlog?> = Mutex(nil)

    var backlog: EventOutbox.Backlog? { state.withLock { $0 } }

    fileprivate func note(_ backlog: EventOutbox.Backlog?) { state.withLock { $0 = backlog } }
  }

  private let database: DatabaseConfiguration
  private let sight: Sight
  private var connection: Connection?

  init(_ database: DatabaseConfiguration, _ sight: Sight) {
    var database = database
    database.connectTimeout = Probe.patience
    database.applicationName = "usage-billing probe"
    self.database = database
    self.sight = sight
  }

  /// - Throws: when the database does not answer.
  func look() throws(LedgerError) {
    do throws(LedgerError) {
      let connection = try open()
      sight.note(try EventOutbox(connection).backlog())
    } catch {
      sight.note(nil)
      connection = nil
      throw error
    }
  }

  private func open() throws(LedgerError) -> Connection {
    if let connection, connection.isOpen { return connection }
    let opened = try Connection.forLedger(database)
    opened.queryTimeout = Probe.patience
    connection = opened
    return opened
  }
}
