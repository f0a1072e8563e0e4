import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

/// Order events as the decoder hands them on.
enum Event {
  static func order(
    _ number: Int, _ stage: OrderStage, at time: String, id: UInt64 = 1, code: ImagingClass? = nil,
    modality: ImagingClass? = nil, company name: String = "comp", keys: [UInt8] = [1]
  ) throws -> OrderEvent {
    .order(
      OrderStep(
        companyID: try company(name), moment: try moment(time, id), order: try person(number, keys: keys), stage: stage,
        imaging: ImagingEvidence(byCode: code, byModality: modality)))
  }

  static func patient(
    _ number: Int, _ change: PatientStep.Change, at time: String, id: UInt64 = 1, company name: String = "comp",
    keys: [UInt8] = [1]
  ) throws -> OrderEvent {
    .patient(
      PatientStep(
        companyID: try company(name), moment: try moment(time, id), patient: try person(number, keys: keys),
        change: change))
  }

  static func charge(
    _ number: Int, _ kind: String = "setup_fee", _ amount: String = "50.00", currency: String = "usd",
    at time: String = "2025-01-15T12:00:00Z", company name: String = "comp", keys: [UInt8] = [1]
  ) throws -> OrderEvent {
    let currency = try #require(Currency(currency))
    return .charge(
      OneOffCharge(
        companyID: try company(name), moment: try moment(time, 1), charge: try person(number, keys: keys),
        kind: try #require(ChargeKind(kind)), amount: try #require(Amount(amount, currency: currency))))
  }

  private static func moment(_ time: String, _ id: UInt64) throws -> EventMoment {
    EventMoment(occurredAt: try instant(time), eventID: EventID(high: 0, low: id))
  }
}

extension World {
  /// Records that stand of a metric, with their days: `radiology_standard 2025-01-10`, in their order.
  func standing(_ company: String = "comp") throws -> [String] {
    try texts(
      """
      SELECT metric || ' ' || (occurred_at AT TIME ZONE 'UTC')::date FROM billing.usage_records
      WHERE company_id = \(company) AND kind = 'u' AND NOT voided ORDER BY 1
      """)
  }

  /// The same with how often it is there.
  func standingCounts(_ company: String = "comp") throws -> [String: Int] {
    try Dictionary(standing(company).map { ($0, 1) }, uniquingKeysWith: +)
  }

  /// As invoicing does it.
  func close(_ start: String, company: String = "comp") throws {
    let closed = try eye.update(
      """
      UPDATE billing.billing_periods SET closed_at = now()
      WHERE company_id = \(company) AND period_start = \(try date(start))
      """)
    #expect(closed == 1)
  }

  /// Renews patients as the scheduler does, half an hour after a period's end at the earliest.
  @discardableResult
  func renew(_ time: String) throws -> PatientRenewal.Report {
    try PatientRenewal(connection: .forLedger(database.configuration), grace: .seconds(1800)).run(
      asOf: try instant(time))
  }
}

extension Ledger {
  /// Writes with the tests' clock.
  @discardableResult
  func write(_ events: [OrderEvent]) throws(LedgerError) -> OrderTally { try write(events, now: World.now) }
}

/// All orders of the numbers below `count`.
func permutations(_ count: Int) -> [[Int]] {
  guard count > 0 else { return [[]] }
  return permutations(count - 1).flatMap { shorter in
    (0...shorter.count).map { place in
      var longer = shorter
      longer.insert(count - 1, at: place)
      return longer
    }
  }
}
