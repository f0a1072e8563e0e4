import Billing
import JSON

/// What of a company's usage is counted and stands on no invoice yet, by billing period and metric.
public struct UnbilledReport: Sendable {
  /// Which invoice the line will be on.
  public enum State: String, Sendable {
    /// The period goes on; its invoice comes when it has ended.
    case open
    /// The period is over, and its close is due.
    case ended
    /// The period's invoice is there: what came later is a line of the next one.
    case late
  }

  /// What one line would say, were it written now.
  public struct Line: Sendable {
    public let period: BillingPeriod
    public let state: State
    public let metric: MetricName
    /// The period's total.
    public let total: Quantity
    /// How much of it is not charged; negative where charged usage was taken back.
    public let quantity: Quantity
    /// What that comes to by the close's rule; 0 within a quota, negative for what is owed back.
    public let amount: Amount
  }

  public let companyID: CompanyID
  /// Of a company that is not registered no period is closed.
  public let isRegistered: Bool
  /// By period, then metric. Without metrics that have no rate, or one that is never billed.
  public let lines: [Line]
  /// One sum for each currency, by its code.
  public let totals: [Amount]

  /// The document of `usage COMPANY --unbilled --json`.
  public func write(to json: inout JSONWriter) {
    json.object {
      $0.field("companyId", companyID.text)
      if !isRegistered { $0.field("registered", false) }
      $0.key("lines")
      $0.array { array in
        for line in lines {
          array.object {
            $0.field("periodStart", line.period.start.description)
            $0.field("periodEnd", line.period.end.description)
            $0.field("state", line.state.rawValue)
            $0.field("metric", line.metric.text)
            $0.field("total", line.total.description)
            $0.field("unbilled", line.quantity.description)
            $0.field("amount", line.amount.description)
            $0.field("currency", line.amount.currency.code)
          }
        }
      }
      $0.key("totals")
      $0.array { array in
        for total in totals {
          array.object {
            $0.field("currency", total.currency.code)
            $0.field("amount", total.description)
          }
        }
      }
    }
  }
}
