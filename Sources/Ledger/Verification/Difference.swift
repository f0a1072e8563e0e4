import Billing
import JSON

/// Something that does not stand as what it was made of says.
public struct Difference: Sendable, Hashable {
  /// A total's figures.
  public struct Figures: Sendable, Hashable {
    public let quantity: Quantity
    public let events: Int64
    /// For `last`: whose quantity it is.
    public let lastAt: Instant?
    public let lastUsageID: UsageID?

    public static let none = Figures(quantity: .zero, events: 0)

    public init(quantity: Quantity, events: Int64, lastAt: Instant? = nil, lastUsageID: UsageID? = nil) {
      self.quantity = quantity
      self.events = events
      self.lastAt = lastAt
      self.lastUsageID = lastUsageID
    }
  }

  /// Which stored total.
  public enum Table: String, Sendable, Hashable {
    case daily = "usage_daily"
    case periods = "usage_periods"
  }

  public enum Finding: Sendable, Hashable {
    /// A total differs from its records. `stored` is `nil` when there is no total.
    case total(Table, metric: MetricName, start: CivilDate, stored: Figures?, recomputed: Figures)
    /// So many subjects' rows of a day or period differ from the ledger, are missing or are too many.
    case subjects(Table, metric: MetricName, start: CivilDate, rows: Int64)
    /// A record of a month's last two days has nothing in the next month that stops the same id there.
    case missingReservation(usageID: UsageID, month: CivilDate)
    /// An id is reserved for a record that the ledger does not hold: near that boundary it could never be counted.
    case reservationWithoutRecord(usageID: UsageID, month: CivilDate)
    /// A record is marked as taken back and no void stands beside it.
    case voidedWithoutVoid(usageID: UsageID, month: CivilDate)
    /// A void stands in the ledger, and its record is missing, still counts, or is not what the void takes back.
    case voidWithoutVoided(usageID: UsageID, month: CivilDate)
    /// An order or a patient was recorded by this record, and the ledger does not have it, or it says something else.
    case missingRecord(usageID: UsageID, month: CivilDate)
    /// A record of an order or patient counts of which the order's or patient's row does not know.
    case strayRecord(usageID: UsageID, month: CivilDate)
    /// Between two billing periods there is a gap, or they overlap.
    case brokenPeriods(start: CivilDate)
    /// Records outside of all billing periods: they are in no period's total.
    case recordsOutsidePeriods(count: Int64)
    /// Two figures between totals and bills do not agree. A person has to decide: nothing that was billed is put right
    /// by itself.
    case books(BooksDifference)
  }

  /// `nil`: it belongs to no single one.
  public let company: CompanyID?
  public let finding: Finding
  /// Whether this run put it right.
  public internal(set) var isRepaired = false

  public init(_ company: CompanyID?, _ finding: Finding) {
    self.company = company
    self.finding = finding
  }

  /// A stable name for programs.
  public var kind: String {
    switch finding {
    case .total(_, _, _, nil, _): "missing_total"
    case .total(_, _, _, _, let recomputed) where recomputed == .none: "superfluous_total"
    case .total: "wrong_total"
    case .subjects: "subjects"
    case .missingReservation: "missing_reservation"
    case .reservationWithoutRecord: "reservation_without_record"
    case .voidedWithoutVoid: "voided_without_void"
    case .voidWithoutVoided: "void_without_voided"
    case .missingRecord: "missing_record"
    case .strayRecord: "stray_record"
    case .brokenPeriods: "broken_periods"
    case .recordsOutsidePeriods: "records_outside_periods"
    case .books(let books): books.kind
    }
  }
}

extension Difference {
  /// What stands where, in a table's cells: metric, span or id, stored, recomputed.
  public var cells: (metric: String, place: String, stored: String, recomputed: String) {
    switch finding {
    case .total(let table, let metric, let start, let stored, let recomputed):
      (metric.text, "\(table.word) \(start)", stored.map(Self.text) ?? "-", Self.text(recomputed))
    case .subjects(let table, let metric, let start, let rows):
      (metric.text, "\(table.word) \(start)", "\(rows) rows differ", "")
    case .missingReservation(let id, let month), .reservationWithoutRecord(let id, let month),
      .voidedWithoutVoid(let id, let month), .voidWithoutVoided(let id, let month),
      .missingRecord(let id, let month), .strayRecord(let id, let month):
      ("", "\(id) in \(month)", "", "")
    case .brokenPeriods(let start): ("", "period \(start)", "", "")
    case .recordsOutsidePeriods(let count): ("", "\(count) records", "", "")
    case .books(let books): (books.metric?.text ?? "", books.place, books.stored, books.expected)
    }
  }

  private static func text(_ figures: Figures) -> String { "\(figures.quantity) (\(figures.events) events)" }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.field("companyId", optional: company?.text)
      $0.field("kind", kind)
      switch finding {
      case .total(let table, let metric, let start, let stored, let recomputed):
        $0.field("metric", metric.text)
        $0.field(table.key, start.description)
        $0.key("stored")
        if let stored { stored.write(to: &$0) } else { $0.null() }
        $0.key("recomputed")
        recomputed.write(to: &$0)
      case .subjects(let table, let metric, let start, let rows):
        $0.field("metric", metric.text)
        $0.field(table.key, start.description)
        $0.field("rows", Int(rows))
      case .missingReservation(let id, let month), .reservationWithoutRecord(let id, let month),
        .voidedWithoutVoid(let id, let month), .voidWithoutVoided(let id, let month),
        .missingRecord(let id, let month), .strayRecord(let id, let month):
        $0.field("usageId", id.text)
        $0.field("month", month.description)
      case .brokenPeriods(let start): $0.field("periodStart", start.description)
      case .recordsOutsidePeriods(let count): $0.field("records", Int(count))
      case .books(let books): books.writeFields(to: &$0)
      }
      $0.field("repaired", isRepaired)
    }
  }
}

extension Difference.Table {
  fileprivate var word: String { self == .daily ? "day" : "period" }
  fileprivate var key: String { self == .daily ? "day" : "periodStart" }
}

extension Difference.Figures {
  fileprivate func write(to json: inout JSONWriter) {
    json.object {
      $0.field("quantity", quantity.description)
      $0.field("events", Int(events))
      if let lastAt { $0.field("lastAt", lastAt.description) }
      if let lastUsageID { $0.field("lastUsageId", lastUsageID.text) }
    }
  }
}
