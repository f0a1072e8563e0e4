import Billing
import Testing

@testable import Outbox

@Suite("Kept effects")
struct EffectDocumentTests {
  private static func effects() throws -> [Effect] {
    let metric = try #require(MetricName("order"))
    let period = try Sample.period()
    let usd = try #require(Currency("usd"))
    let number = try #require(InvoiceNumber(17))
    let kind = try #require(ChargeKind("setup_fee"))
    let quantity = try #require(Quantity("-12.000000001"))
    let lines: [InvoiceLine] = [
      .usage(metric, quantity, period), .late(metric, quantity, period), .converted(metric, quantity, period),
      .baseFee(period), .charge(kind, number: .max),
    ]
    return [
      .meterEvent(try Sample.event()), .customer,
      .invoice(InvoiceCreation(number: number, period: period, currency: usd)),
      .adoptInvoice(InvoiceAdoption(number: number, period: period)),
      .finalizeInvoice(InvoiceFinalization(number: number)),
    ]
      + lines.map { .invoiceItem(InvoiceItem(minorUnits: .min, currency: usd, line: $0, invoice: number)) }
      + lines.map { .invoiceItem(InvoiceItem(minorUnits: 0, currency: usd, line: $0)) }
  }

  @Test("every effect is read as it was kept")
  func roundTrip() throws {
    let reader = try EffectReader()
    for effect in try Self.effects() {
      #expect(try reader.effect(effect.kind.rawValue, effect.document) == effect)
    }
  }

  @Test("an effect that lacks any of its fields is refused, not guessed")
  func missingFields() throws {
    let reader = try EffectReader()
    for effect in try Self.effects() {
      let fields = effect.document.dropFirst().dropLast().split(separator: ",")
      for left in fields.indices where !fields[left].hasPrefix("\"invoice\"") || effect.kind != .invoiceItem {
        let rest = fields.indices.filter { $0 != left }.map { fields[$0] }.joined(separator: ",")
        #expect(throws: (any Error).self) { try reader.effect(effect.kind.rawValue, "{\(rest)}") }
      }
    }
  }

  @Test("an invoice that cannot be read does not turn into none")
  func unreadableInvoice() throws {
    let usd = try #require(Currency("usd"))
    let item = Effect.invoiceItem(
      InvoiceItem(minorUnits: 1, currency: usd, line: .baseFee(try Sample.period()), invoice: InvoiceNumber(17)))
    let text = item.document.replacing("17", with: "0")
    #expect(throws: (any Error).self) { try EffectReader().effect("invoice_item", text) }
  }

  @Test("a meter event is refused at zero, with a sixteenth digit, off the minute or outside its period")
  func meterEventRules() throws {
    let metric = try #require(MetricName("order"))
    let period = try Sample.period()
    func event(_ value: String, _ at: String) throws -> MeterEvent? {
      MeterEvent(
        metric: metric, period: period, value: try #require(Quantity(value)), timestamp: try #require(Instant(at)))
    }
    #expect(try event("0", "2025-01-01T00:00:00Z") == nil)
    #expect(try event("1234567890.12345", "2025-01-01T00:00:00Z") != nil)
    #expect(try event("1234567890.123456", "2025-01-01T00:00:00Z") == nil)
    #expect(try event("1000000000000000", "2025-01-01T00:00:00Z") == nil)
    #expect(try event("1", "2025-01-01T00:00:01Z") == nil)
    #expect(try event("1", "2024-12-31T23:59:00Z") == nil)
    #expect(try event("1", "2025-02-01T00:00:00Z") == nil)
    #expect(try event("-1", "2025-01-31T23:59:00Z") != nil)
  }

  @Test(
    "a quantity too long for one event is cut toward zero and never to more than it is",
    arguments: [
      ("1250", "1250"), ("-1.5", "-1.5"), ("0.000000001", "0.000000001"), ("123456789.123456789", "123456789.123456"),
      ("-123456789.123456789", "-123456789.123456"), ("999999999999999.999", "999999999999999"),
      ("1000000000000000", "999999999999999"), ("-98765432109876543210", "-999999999999999"),
    ])
  func parts(_ quantity: String, _ part: String) throws {
    #expect(MeterEvent.part(of: try #require(Quantity(quantity))).description == part)
  }

  @Test("an entry's id is a UUID of version 7, read back from its text, ordered by time")
  func identifiers() throws {
    var generator = SystemRandomNumberGenerator()
    let now = try #require(Instant("2025-01-15T12:00:00Z"))
    let ids = (0..<100).map { EntryID(now: now.adding(seconds: $0), using: &generator) }
    for id in ids {
      #expect(EntryID(id.description) == id)
      #expect(
        id.description.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }
    #expect(ids.map(\.description) == ids.map(\.description).sorted())
    #expect(Set(ids).count == ids.count)
    for text in ["", "+1943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2", "01943c1e7d3a-7b1c-9f00-c2a6f0f3c1d2-", "x"] {
      #expect(EntryID(text) == nil)
    }
  }
}
