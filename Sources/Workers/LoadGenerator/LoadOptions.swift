import Billing

/// What a load of test messages is like. The same options make the same messages.
public struct LoadOptions: Sendable {
  /// A share in hundredths of a percent, so that no share needs floating point.
  public struct Share: Sendable, Hashable {
    public let basisPoints: Int

    public static let none = Share(basisPoints: 0)

    init(basisPoints: Int) { self.basisPoints = basisPoints }

    /// Reads a percentage of 0 to 100 with at most two decimals: `12.5`; `nil` for anything else.
    public init?(percent text: String) {
      guard let quantity = Quantity(text), quantity >= .zero, quantity <= Quantity(100),
        quantity.units % (Quantity.unitsPerOne / 100) == 0
      else { return nil }
      basisPoints = Int(quantity.units / (Quantity.unitsPerOne / 100))
    }

    func of(_ count: Int) -> Int { count * basisPoints / 10_000 }
  }

  /// All messages together: good ones, duplicates and bad ones. Does not count for an example month, which has its own.
  public var messages = 10_000
  public var companies = 100
  /// The only company there is, in place of `companies` made-up ones.
  public var company: CompanyID?
  /// How much of everything the first company has; the others share the rest evenly.
  public var largestShare = Share.none
  public var metrics = ["order", "invoice", "storage", "api_call", "ai_job"]
  /// Of each message; if left out 1, and 1 to 45 for `storage`.
  public var quantity: Quantity?
  /// Different users, 0 for messages without one.
  public var users = 0
  /// Different subjects, 0 for messages without one.
  public var subjects = 0
  /// Exact repeats of earlier messages.
  public var duplicates = Share.none
  /// Earlier messages again, under the same id, with a timestamp on the other side of a month's boundary.
  public var crossMonthDuplicates = Share.none
  /// Messages that break a rule, of every kind in turn.
  public var bad = Share.none
  public var seed: UInt64 = 1
  /// Timestamps lie from here on and before `to`.
  public var from: Instant
  public var to: Instant
  /// Publish this company's example month in place of random messages; `from` tells which month.
  public var exampleMonth: CompanyID?
  /// Order events in place of usage messages.
  public var orders = false
  /// Messages a second; as many as the broker takes if left out.
  public var rate: Int?
  /// Where to publish.
  public var exchange = "billing.events"
  public var routingKey = "usage.recorded"

  public init(from: Instant, to: Instant) {
    self.from = from
    self.to = to
  }
}
