import Billing

/// What a line is made of, and whether that adds up to what stands on it.
public struct LineExplanation: Sendable {
  /// Two figures that should be one.
  public struct Disagreement: Sendable, Hashable {
    /// What the figures are of.
    public let what: String
    /// As it stands on the line.
    public let stated: String
    /// As it was computed anew.
    public let computed: String
  }

  public enum Basis: Sendable {
    case baseFee(BaseFee)
    case charge(Charge?)
    case usage(Usage)
  }

  public struct BaseFee: Sendable {
    /// The plan's, for the whole period.
    public let whole: Amount?
    public let days: Int
    public let ofDays: Int
  }

  public struct Charge: Sendable {
    public let number: Int64
    public let kind: String
    public let occurredAt: Instant
    public let recordedAt: Instant
    public let amount: Amount
  }

  public let invoice: InvoiceRecord
  /// With its parts.
  public let line: InvoiceLineRecord
  public let basis: Basis
  /// What the line comes to, computed anew; `nil` where that is not possible.
  public let computed: Amount?
  public let disagreements: [Disagreement]

  public var addsUp: Bool { disagreements.isEmpty }

  public var usage: Usage? {
    if case .usage(let usage) = basis { return usage }
    return nil
  }
}

extension LineExplanation {
  /// Of a total's line.
  public struct Usage: Sendable {
    /// An earlier line of the same total.
    public struct Former: Sendable {
      public let number: Int64
      public let invoice: InvoiceNumber
      public let quantity: Quantity
      public let totalQuantity: Quantity
      public let amount: Amount
    }

    /// `nil` when the catalog no longer has the metric.
    public let aggregation: Aggregation?
    public let former: [Former]
    /// The records' months are archived: they are no longer in the database.
    public let isArchived: Bool
    /// Of the line's own records: usage, and voids, which take records back.
    public let usageRecords: Int64
    public let voids: Int64
    /// What the line's own records add up to, voids taken off.
    public let recordedQuantity: Quantity
    /// A page of the line's own records, by time.
    public let records: [LineRecord]
    /// Where the page begins.
    public let skipped: Int
    /// Of metrics that do not add up: the records that decide the total, some of them where they are many.
    public let deciding: [LineRecord]
    /// What all records up to and with the line come to; `nil` when they are archived.
    public let computedTotal: Quantity?
    /// What of the total is paid for, and what it costs; `nil` when nothing prices it.
    public let priced: PricedQuantity?
    /// What the former lines come to.
    public let formerAmount: Amount
  }

  /// A record of the ledger.
  public struct LineRecord: Sendable {
    public let usageID: UsageID
    public let timestamp: Instant
    /// As sent, and as it goes into the total.
    public let quantity: Quantity
    public let counted: Quantity
    /// It takes another one back.
    public let isVoid: Bool
    /// It was taken back, on this line or a later one.
    public let isVoided: Bool
  }
}
