import Billing
import Testing

@testable import Outbox

extension Effect {
  static func event(_ metric: String = "order", value: Int = 1, minute: Int = 0) throws -> Effect {
    .meterEvent(try Sample.event(metric, value: value, minute: minute))
  }

  static func item(invoice: Int64? = nil) throws -> Effect {
    .invoiceItem(
      InvoiceItem(
        minorUnits: 100, currency: try #require(Currency("usd")), line: .baseFee(try Sample.period()),
        invoice: invoice.flatMap { InvoiceNumber($0) }))
  }

  static func invoice(_ number: Int64) throws -> Effect {
    .invoice(
      InvoiceCreation(
        number: try #require(InvoiceNumber(number)), period: try Sample.period(),
        currency: try #require(Currency("usd"))))
  }

  static func adopt(_ number: Int64) throws -> Effect {
    .adoptInvoice(InvoiceAdoption(number: try #require(InvoiceNumber(number)), period: try Sample.period()))
  }

  static func finalize(_ number: Int64) throws -> Effect {
    .finalizeInvoice(InvoiceFinalization(number: try #require(InvoiceNumber(number))))
  }
}
