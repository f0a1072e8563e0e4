import Billing
import Testing

@testable import Stripe

@Suite("What reconciling reads")
struct ReadingTests {
  private func summaries(_ values: String..., hasMore: Bool = false) -> StripeAnswer {
    let objects = values.enumerated().map { #"{"id": "mtrusg_\#($0.offset)", "aggregated_value": \#($0.element)}"# }
    return StripeAnswer(200, #"{"data": [\#(objects.joined(separator: ","))], "has_more": \#(hasMore)}"#)
  }

  @Test(
    "summaries are added up exactly; what floating point adds is rounded to the ninth decimal",
    arguments: [
      (["1250", "0.5"], "1250.5"), ([], "0"), (["-3"], "-3"), (["1250.0"], "1250"), (["1e3"], "1000"),
      (["0.30000000000000004"], "0.3"), (["0.1234567895"], "0.12345679"), (["0.9999999999"], "1"),
      (["-0.9999999999"], "-1"), (["-0.12345678949"], "-0.123456789"), (["0.0000000004"], "0"),
    ])
  func sums(values: [String], sum: String) throws {
    let objects = values.map { #"{"id": "mtrusg_1", "aggregated_value": \#($0)}"# }
    let read = MeterSum.read(StripeAnswer(200, #"{"data": [\#(objects.joined(separator: ","))], "has_more": false}"#))
    #expect(try #require(read).sum == Quantity(sum))
  }

  @Test("summaries go on behind the last of a page")
  func pages() throws {
    #expect(try #require(MeterSum.read(summaries("1", "2"))).next == nil)
    #expect(try #require(MeterSum.read(summaries("1", "2", hasMore: true))).next?.text == "mtrusg_1")
  }

  @Test(
    "what cannot be read is not taken for nothing",
    arguments: [
      #"{"data": [{"id": "mtrusg_1"}]}"#, #"{"data": [{"id": "mtrusg_1", "aggregated_value": "7"}]}"#, "{}", "[]",
      #"{"data": [{"id": "mtrusg_1", "aggregated_value": 1e-12}]}"#,
    ])
  func unreadable(body: String) {
    #expect(MeterSum.read(StripeAnswer(200, body)) == nil)
    #expect(ListedInvoiceItem.read(StripeAnswer(200, body)) == nil)
  }

  @Test("an item is ours by the entry in its metadata; one without a currency that we know is not read")
  func items() throws {
    let id = "01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2"
    func answer(_ metadata: String, currency: String = "usd") -> StripeAnswer {
      StripeAnswer(
        200, #"{"data": [{"id": "ii_1", "amount": -5, "currency": "\#(currency)", "metadata": \#(metadata)}]}"#)
    }
    let ours = try #require(
      ListedInvoiceItem.read(answer(#"{"entry_id": "\#(id)", "period_start": "2025-01-01"}"#))?.items.first)
    #expect(ours.entry?.description == id)
    #expect(ours.periodStart == CivilDate("2025-01-01"))
    #expect(ours.minorUnits == -5)
    for metadata in ["{}", "null", #"{"entry_id": "4711"}"#] {
      #expect(try #require(ListedInvoiceItem.read(answer(metadata))?.items.first).entry == nil)
    }
    #expect(ListedInvoiceItem.read(answer("{}", currency: "zzz")) == nil)
  }
}
