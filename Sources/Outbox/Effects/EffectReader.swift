import Billing
import JSON
import PostgreSQL

/// Reads kept effects. One reader serves any number of them.
struct EffectReader {
  private let reader: JSONReader

  init() throws(PostgreSQLError) {
    do { reader = try JSONReader(maximumDepth: 2) } catch { throw Self.broken }
  }

  /// - Throws: `decoding` when the text is not what `Effect.document` wrote: changed by hand, or by a later release.
  func effect(_ kind: String, _ document: String) throws(PostgreSQLError) -> Effect {
    guard let effect = readable(kind, document) else { throw Self.broken }
    return effect
  }

  /// `nil` where `effect` throws.
  func readable(_ kind: String, _ document: String) -> Effect? {
    guard let kind = Effect.Kind(rawValue: kind) else { return nil }
    var document = document
    let isRead = document.withUTF8 { bytes in (try? reader.read(bytes.span)) != nil }
    return isRead ? effect(kind) : nil
  }

  private func effect(_ kind: Effect.Kind) -> Effect? {
    switch kind {
    case .meterEvent:
      guard let metric = metric, let period = period, let value = text("value").flatMap({ Quantity($0) }),
        let timestamp = text("timestamp").flatMap({ Instant($0) })
      else { return nil }
      return MeterEvent(metric: metric, period: period, value: value, timestamp: timestamp).map { .meterEvent($0) }
    case .invoiceItem:
      guard let amount = number("amount"), let currency, let line else { return nil }
      // A number that is there but cannot be read must not turn into an item that is attached to nothing.
      guard (invoice == nil) == (reader.field("invoice") == nil) else { return nil }
      return .invoiceItem(InvoiceItem(minorUnits: amount, currency: currency, line: line, invoice: invoice))
    case .customer: return .customer
    case .invoice:
      guard let invoice, let currency, let period else { return nil }
      return .invoice(InvoiceCreation(number: invoice, period: period, currency: currency))
    case .adoptInvoice:
      guard let invoice, let period else { return nil }
      return .adoptInvoice(InvoiceAdoption(number: invoice, period: period))
    case .finalizeInvoice: return invoice.map { .finalizeInvoice(InvoiceFinalization(number: $0)) }
    }
  }

  private var line: InvoiceLine? {
    switch text("line") {
    case "usage": usage.map { .usage($0, $1, $2) }
    case "late": usage.map { .late($0, $1, $2) }
    case "converted": usage.map { .converted($0, $1, $2) }
    case "base_fee": period.map { .baseFee($0) }
    case "charge":
      if let kind = text("chargeKind").flatMap({ ChargeKind($0) }), let number = number("charge") {
        .charge(kind, number: number)
      } else {
        nil
      }
    default: nil
    }
  }

  private var usage: (MetricName, Quantity, BillingPeriod)? {
    guard let metric, let quantity = text("quantity").flatMap({ Quantity($0) }), let period else { return nil }
    return (metric, quantity, period)
  }

  private var metric: MetricName? { text("metric").flatMap { MetricName($0) } }
  private var currency: Currency? { text("currency").flatMap { Currency($0) } }
  private var invoice: InvoiceNumber? { number("invoice").flatMap { InvoiceNumber($0) } }

  private var period: BillingPeriod? {
    guard let start = text("periodStart").flatMap({ CivilDate($0) }),
      let end = text("periodEnd").flatMap({ CivilDate($0) })
    else { return nil }
    return BillingPeriod(start: start, end: end)
  }

  private func text(_ name: StaticString) -> String? {
    guard let field = reader.field(name), field.kind == .string else { return nil }
    return try? reader.string(field)
  }

  private func number(_ name: StaticString) -> Int64? {
    guard let field = reader.field(name), field.kind == .number else { return nil }
    return Int64(String(decoding: reader.rawText(of: field), as: UTF8.self))
  }

  private static var broken: PostgreSQLError { PostgreSQLError(.decoding, "a stored effect cannot be read") }
}
