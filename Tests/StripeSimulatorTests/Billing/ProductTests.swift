import Testing

@Suite("Products")
struct ProductTests {
  private let shop: Shop

  init() throws { shop = try Shop(at: day(2025, 1, 1)) }

  @Test("a product is made under an id of the caller's, found, changed and listed")
  func life() throws {
    let made = try shop.post("products", "id=plan-1&name=Standard&unit_label=order&metadata[plan]=standard")
    #expect(made["id"] == "plan-1" && made["object"] == "product" && made["unit_label"] == "order")
    #expect(made["active"] == "true" && made["metadata.plan"] == "standard" && made["type"] == "service")
    shop.go(to: day(2025, 1, 2))
    let changed = try shop.post("products/plan-1", "active=false&unit_label=&name=Former")
    #expect(changed["name"] == "Former" && changed["unit_label"] == nil && changed["active"] == "false")
    #expect(changed["updated"] == "\(day(2025, 1, 2))" && changed["created"] == "\(day(2025, 1, 1))")
    let other = try shop.stripe.id("/v1/products", "name=Other")
    #expect(other.hasPrefix("prod_"))
    #expect(try shop.get("products?active=true").list() == [other])
    #expect(try shop.get("products?ids[]=plan-1&ids[]=none").list() == ["plan-1"])
  }

  @Test("an id is taken once, a name is needed, and what Stripe does not know is refused")
  func refusals() throws {
    _ = try shop.post("products", "id=a&name=A")
    let again = try shop.post("products", "id=a&name=B")
    #expect(again.status == 400 && again["error.code"] == "resource_already_exists")
    let nameless = try shop.post("products", "id=b")
    #expect(nameless["error.code"] == "parameter_missing" && nameless["error.param"] == "name")
    #expect(try shop.post("products", "name=C&price=3")["error.code"] == "parameter_unknown")
  }

  @Test("a product with prices cannot be deleted, one without them can")
  func deletion() throws {
    _ = try shop.post("products", "id=a&name=A")
    _ = try shop.post("products", "id=b&name=B")
    _ = try shop.post("prices", "currency=usd&unit_amount=1&product=a")
    #expect(try shop.delete("products/a").status == 400)
    #expect(try shop.delete("products/b")["deleted"] == "true")
    #expect(try shop.get("products/b").status == 404)
  }
}
