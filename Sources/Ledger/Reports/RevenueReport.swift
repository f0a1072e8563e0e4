import Billing
import JSON

/// What one company, or all of them, were invoiced, and what is still to come: by currency, month and category.
///
/// Currencies are never added up. A month is the one in which an invoice's billing period begins; an invoice is in one
/// month with all its lines, late ones too.
public struct RevenueReport: Sendable {
  /// What is charged for.
  public enum Category: Sendable, Hashable {
    case baseFee
    case usage(MetricName)
    /// Usage that came after its period's close.
    case late(MetricName)
    /// One-off charges and credits.
    case charge

    public var name: String {
      switch self {
      case .baseFee: "base_fee"
      case .usage: "usage"
      case .late: "late"
      case .charge: "charge"
      }
    }

    public var metric: MetricName? {
      switch self {
      case .baseFee, .charge: nil
      case .usage(let metric), .late(let metric): metric
      }
    }
  }

  /// How far an amount has come.
  public enum State: String, Sendable, CaseIterable {
    /// On no invoice yet. Of registered companies only: no other is billed.
    case unbilled
    case draft
    case open
    case paid
    case uncollectible
    /// No longer owed.
    case void
  }

  public struct Line: Sendable {
    /// The month's first day.
    public let month: CivilDate
    public let category: Category
    /// Of states that have something.
    public let amounts: [State: Amount]
  }

  /// All of one currency.
  public struct Section: Sendable {
    public let currency: Currency
    /// By month, then base fees, usage, late usage, charges; each by metric.
    public let lines: [Line]
    /// Of every state.
    public let totals: [State: Amount]
  }

  /// `nil`: all.
  public let companyID: CompanyID?
  /// On which the periods begin; `nil`: whenever.
  public let days: BillingPeriod?
  /// By the currency's code.
  public let sections: [Section]
}

extension RevenueReport.Category: Comparable {
  public static func < (left: Self, right: Self) -> Bool {
    (left.rank, left.metric?.text ?? "") < (right.rank, right.metric?.text ?? "")
  }

  private var rank: Int {
    switch self {
    case .baseFee: 0
    case .usage: 1
    case .late: 2
    case .charge: 3
    }
  }
}

extension RevenueReport {
  /// The document of `revenue --json`.
  public func write(to json: inout JSONWriter) {
    json.object {
      $0.field("companyId", optional: companyID?.text)
      $0.field("from", optional: days?.start.description)
      $0.field("to", optional: days?.end.description)
      $0.key("currencies")
      $0.array { array in for section in sections { section.write(to: &array) } }
    }
  }
}

extension RevenueReport.Section {
  fileprivate func write(to json: inout JSONWriter) {
    json.object {
      $0.field("currency", currency.code)
      $0.key("lines")
      $0.array { array in
        for line in lines {
          array.object {
            $0.field("month", line.month.yearAndMonth)
            $0.field("category", line.category.name)
            if let metric = line.category.metric { $0.field("metric", metric.text) }
            for state in RevenueReport.State.allCases {
              if let amount = line.amounts[state] { $0.field(state.rawValue, amount.description) }
            }
          }
        }
      }
      $0.key("totals")
      $0.object {
        for state in RevenueReport.State.allCases {
          $0.field(state.rawValue, (totals[state] ?? .zero(currency)).description)
        }
      }
    }
  }
}

extension CivilDate {
  /// `2025-01`.
  public var yearAndMonth: String { String(description.dropLast(3)) }
}
