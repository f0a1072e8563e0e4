import Billing
import JSON

/// What of a company's radiology orders was billed in a range of days, by the days on which they were sent.
public struct OrderReport: Sendable {
  /// One class of imaging.
  public struct Line: Sendable {
    public let imaging: ImagingClass
    public let orders: Int64
    /// What so many cost by themselves, without quotas.
    public let amount: Amount
    /// Whether the plan has a rate for it; without one it costs nothing.
    public let isRated: Bool
  }

  public let companyID: CompanyID
  public let plan: PlanID
  public let currency: Currency
  /// Whole days in UTC, the end exclusive.
  public let days: BillingPeriod
  /// One of each class.
  public let lines: [Line]
  public let total: Amount
  /// Of the standard ones: neither a code nor a modality told their class.
  public let unclassified: Int64
  /// Billed all the same.
  public let cancelledAfterSending: Int64
  /// Would be billed otherwise by what came later, but stand, since their period is closed.
  public let differing: Int64

  public var orders: Int64 { lines.reduce(0) { $0 + $1.orders } }

  /// The document of `orders COMPANY --json`.
  public func write(to json: inout JSONWriter) {
    json.object {
      $0.field("companyId", companyID.text)
      $0.field("plan", plan.text)
      $0.field("currency", currency.code)
      $0.field("from", days.start.description)
      $0.field("to", days.end.description)
      $0.field("orders", Int(orders))
      $0.key("categories")
      $0.array { array in
        for line in lines {
          array.object {
            $0.field("category", line.imaging.rawValue)
            $0.field("metric", line.imaging.metric.text)
            $0.field("orders", Int(line.orders))
            $0.field("amount", line.amount.description)
            if !line.isRated { $0.field("rated", false) }
          }
        }
      }
      $0.field("unclassified", Int(unclassified))
      $0.field("cancelledAfterSending", Int(cancelledAfterSending))
      $0.field("differing", Int(differing))
      $0.field("total", total.description)
    }
  }
}
