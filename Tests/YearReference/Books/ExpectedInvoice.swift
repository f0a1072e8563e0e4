/// An invoice as it has to be.
public struct ExpectedInvoice: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable { case period, setupFee = "setup_fee", oneOff = "one_off" }

  public struct Line: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable { case baseFee = "base_fee", usage, late, charge }

    public let kind: Kind
    /// Of whose prices; `nil` for a charge.
    public var periodStart: Day?
    public var metric: String?
    public var quantity: Ratio?
    /// Of the total, this line included.
    public var totalQuantity: Ratio?
    /// Which of the total's lines it is.
    public var totalLine: Int?
    public var days: Int?
    /// In the minor unit.
    public var amount: Int128

    public init(_ kind: Kind, amount: Int128) {
      self.kind = kind
      self.amount = amount
    }

    public var description: String {
      var parts = [kind.rawValue]
      if let metric { parts.append(metric) }
      if let periodStart { parts.append("of \(periodStart)") }
      if let quantity, let totalQuantity { parts.append("quantity \(quantity) of \(totalQuantity)") }
      if let totalLine { parts.append("line \(totalLine)") }
      if let days { parts.append("\(days) days") }
      return parts.joined(separator: " ") + ": \(amount)"
    }
  }

  public let kind: Kind
  /// `nil` where it is no period's.
  public let periodStart: Day?
  public var lines: [Line]

  public init(_ kind: Kind, periodStart: Day?, lines: [Line]) {
    self.kind = kind
    self.periodStart = periodStart
    self.lines = lines
  }

  public var total: Int128 { lines.reduce(0) { $0 + $1.amount } }
}
