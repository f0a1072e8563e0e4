import Billing
import Faults
import Ledger
import Messages
import PostgreSQL

/// The meaning of the messages on the queue of order events: radiology orders, patients and one-off charges.
final class OrderHandler: MessageHandler {
  private let database: DatabaseConfiguration
  private let failpoints: Failpoints
  private let decoder: OrderEventDecoder
  private var ledger: Ledger?

  /// Lanes meet in the rows of orders: one waits until the other's transaction ends. Shorter ones wait less often, and
  /// less long.
  let writeLimit = 500

  init(
    database: DatabaseConfiguration, keyring: PseudonymKeyring, maximumAge days: Int, codes: ProcedureCodeTable,
    failpoints: Failpoints = .none
  ) throws {
    self.database = database
    self.failpoints = failpoints
    decoder = try OrderEventDecoder(keyring: keyring, maximumAge: days, codes: codes)
  }

  var isConnected: Bool { ledger?.isConnected ?? false }

  func connect() throws(LedgerError) {
    ledger = nil
    ledger = try Ledger(connection: try .forLedger(database), failpoints: failpoints)
  }

  func refresh() throws(LedgerError) { try connected().refresh() }

  func decode(_ body: [UInt8], now: Instant) throws(BadMessage) -> OrderEvent {
    let catalog = ledger?.catalog
    let event = try decoder.decode(body, now: now, chargeKinds: catalog?.chargeKinds ?? [])
    // A catalog may have been written without them; then nobody can say what the event costs.
    guard event.metrics.allSatisfy({ catalog?.metrics[$0] != nil }) else {
      throw BadMessage(.unknownMetric, field: "type", rule: "needs a metric that is not in the catalog")
    }
    return event
  }

  func write(_ events: ArraySlice<OrderEvent>, now: Instant) throws(LedgerError) -> Written {
    let tally = try connected().write(Array(events), now: now)
    var written = Written()
    written.counted = tally.counted
    written.duplicates = tally.duplicates
    written.conflicts = tally.conflicts
    written.voided = tally.voided
    written.differences = tally.differences
    written.alerts = tally.alerts
    written.refused = tally.refused.map { ($0.position, $0.message) }
    return written
  }

  private func connected() throws(LedgerError) -> Ledger {
    guard let ledger else { throw .notConnected }
    return ledger
  }
}

extension OrderEvent {
  /// The metrics that it may be recorded under.
  fileprivate var metrics: [MetricName] {
    switch self {
    case .order: ImagingClass.allCases.map(\.metric)
    case .patient: [.patientActivation]
    case .charge: []
    }
  }
}
