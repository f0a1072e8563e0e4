/// Our own number of an invoice, from 1 on. Stripe gives it a reference of its own, `in_…`.
public struct InvoiceNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let value: Int64

  /// `nil` below 1.
  public init?(_ value: Int64) {
    guard value > 0 else { return nil }
    self.value = value
  }

  public var description: String { String(value) }

  public static func < (left: InvoiceNumber, right: InvoiceNumber) -> Bool { left.value < right.value }
}
