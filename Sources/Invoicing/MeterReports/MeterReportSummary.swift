import Billing

/// What one pass over all companies did.
public struct MeterReportSummary: Hashable, Sendable {
  /// A total that could not be reported; it is tried again by each pass.
  public struct Problem: Hashable, Sendable {
    public let company: CompanyID
    public let metric: MetricName
    public let periodStart: CivilDate
    public let reason: Reason
  }

  public enum Reason: String, Hashable, Sendable, CaseIterable {
    /// Entries wait to be converted, but nothing prices the metric in that period.
    case unpriced
    /// An amount or value is beyond what can be computed, or sent.
    case tooLarge = "too_large"
  }

  /// Companies looked at: registered, and not in mode `off`.
  public internal(set) var companies = 0
  /// Meter events written.
  public internal(set) var reports = 0
  /// Invoice items written: by reports, for events that were turned into some; by closing, for the rest too.
  public internal(set) var items = 0
  /// Meter events that were turned into items.
  public internal(set) var converted = 0
  /// Totals of ended periods of which a part is left to a later pass, or to the next close.
  public internal(set) var waiting = 0
  public internal(set) var problems: [Problem] = []

  public init() {}

  /// Whether the pass left nothing behind in the outbox.
  public var isIdle: Bool { reports == 0 && items == 0 && converted == 0 }

  mutating func add(_ other: MeterReportSummary) {
    companies += other.companies
    reports += other.reports
    items += other.items
    converted += other.converted
    waiting += other.waiting
    problems += other.problems
  }
}
