import Billing
import Outbox

/// What the database holds of one company's bills, as of one moment.
struct ChainBooks {
  /// A company's metric and the billing period of its total.
  struct Key: Hashable, Comparable {
    let metric: MetricName
    let periodStart: CivilDate

    static func < (left: Key, right: Key) -> Bool {
      (left.periodStart, left.metric) < (right.periodStart, right.metric)
    }
  }

  struct Period {
    let start: CivilDate
    let isClosed: Bool
  }

  struct Total {
    let quantity: Quantity
    let chargedLines: Int
  }

  /// Of `metric_charges`. Amounts are in minor units.
  struct Charged {
    let quantity: Quantity
    let amount: Int128
    let lines: Int
  }

  struct Account {
    let reported: Quantity
    let itemized: Quantity
    let itemizedAmount: Int128
  }

  struct Invoice {
    let number: InvoiceNumber
    let type: String
    let route: String
    let period: BillingPeriod
    let currency: String
    let total: Int128
    let createdAt: Instant
    let finalizeEntry: EntryID?
  }

  /// Of a line of a total.
  struct Usage {
    let key: Key
    let quantity: Quantity
    let totalQuantity: Quantity
    let totalLine: Int
  }

  struct Line {
    let number: Int64
    let invoice: InvoiceNumber
    let period: BillingPeriod
    let usage: Usage?
    let chargeNumber: Int64?
    let days: Int?
    let amount: Int128
    let route: String
    let entry: EntryID?
  }

  struct Parts {
    let quantity: Quantity
    let amount: Int128
  }

  struct OneOff {
    let currency: String
    let amount: Int128
  }

  var periods: [Period] = []
  var totals: [Key: Total] = [:]
  var charged: [Key: Charged] = [:]
  var accounts: [Key: Account] = [:]
  var invoices: [InvoiceNumber: Invoice] = [:]
  /// In the order of their numbers.
  var lines: [Line] = []
  /// By the number of their line.
  var parts: [Int64: Parts] = [:]
  var charges: [Int64: OneOff] = [:]
}
