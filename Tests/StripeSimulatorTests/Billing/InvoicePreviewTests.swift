import Testing

@testable import StripeSimulator

@Suite("Previews of invoices")
struct InvoicePreviewTests {
  private static let january = day(2025, 1, 1)
  private let shop: Shop

  init() throws { shop = try Shop(at: Self.january) }

  @Test("a preview is the next invoice as it would be by now, and changes nothing")
  func preview() throws {
    let made = try shop.subscribe(
      [try shop.licensedPrice("Base", 100), try shop.meteredPrice("order", "unit_amount=10")])
    let id = try #require(made["id"])
    try shop.use("order", "5", at: Self.january)
    _ = try shop.item(3)
    for form in ["customer=\(shop.customer)", "subscription=\(id)", "customer=\(shop.customer)&subscription=\(id)"] {
      let preview = try shop.post("invoices/create_preview", form)
      #expect(preview["total"] == "153" && preview["status"] == "draft" && preview["subscription"] == nil)
      #expect(preview["parent.subscription_details.subscription"] == id)
      #expect(preview["id"]?.hasPrefix("upcoming_in_") == true)
      #expect(preview["created"] == "\(day(2025, 2, 1))")
    }
    #expect(try shop.invoices("total") == ["100"])
    #expect(try shop.get("invoiceitems?pending=true").list().count == 1)
    shop.go(to: day(2025, 2, 1))
    #expect(try shop.invoices("total") == ["100", "153"])
  }

  @Test("without a subscription the items that wait make the preview; without those there is none")
  func withoutSubscription() throws {
    let none = try shop.post("invoices/create_preview", "customer=\(shop.customer)")
    #expect(none.status == 404 && none["error.code"] == "invoice_upcoming_none")
    _ = try shop.item(3)
    #expect(try shop.post("invoices/create_preview", "customer=\(shop.customer)")["total"] == "3")
    #expect(try shop.post("invoices/create_preview")["error.param"] == "customer")
    let strange = try shop.post("invoices/create_preview", "subscription=sub_none")
    #expect(strange["error.code"] == "resource_missing")
  }
}
