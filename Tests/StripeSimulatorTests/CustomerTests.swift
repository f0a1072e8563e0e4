import Testing

@Suite struct CustomerTests {
  private let stripe: SimulatorClient

  init() throws { stripe = try SimulatorClient() }

  @Test("a customer is made, found, changed, listed and deleted")
  func life() throws {
    let made = try stripe.post("/v1/customers", "name=Acme%20Ltd&metadata[company]=comp-1&metadata[b]=2")
    #expect(made.status == 200)
    #expect(made["object"] == "customer" && made["name"] == "Acme Ltd" && made["metadata.company"] == "comp-1")
    let id = try #require(made["id"])
    #expect(id.hasPrefix("cus_"))
    #expect(made.headers["Request-Id"]?.hasPrefix("req_") == true)
    let changed = try stripe.post("/v1/customers/\(id)", "name=&metadata[b]=&metadata[c]=3")
    #expect(changed["name"] == nil && changed["metadata.b"] == nil && changed["metadata.c"] == "3")
    #expect(try stripe.get("/v1/customers/\(id)")["metadata.company"] == "comp-1")
    #expect(try stripe.request(.delete, "/v1/customers/\(id)")["deleted"] == "true")
    // What is left of it can be asked for, and nothing else.
    let rest = try stripe.get("/v1/customers/\(id)")
    #expect(rest.status == 200 && rest["deleted"] == "true" && rest["metadata.company"] == nil)
    #expect(try stripe.get("/v1/customers").list().isEmpty)
    for gone in [try stripe.post("/v1/customers/\(id)", "name=b"), try stripe.request(.delete, "/v1/customers/\(id)")] {
      #expect(gone.status == 404 && gone["error.code"] == "resource_missing" && gone["error.param"] == "id")
    }
  }

  @Test("lists show the newest first, page by page, both ways")
  func pages() throws {
    let ids = try (0..<7).map { _ in try #require(try stripe.post("/v1/customers")["id"]) }
    let first = try stripe.get("/v1/customers?limit=3")
    #expect(first.list() == [ids[6], ids[5], ids[4]] && first["has_more"] == "true" && first["url"] == "/v1/customers")
    let second = try stripe.get("/v1/customers?limit=3&starting_after=\(ids[4])")
    #expect(second.list() == [ids[3], ids[2], ids[1]])
    let last = try stripe.get("/v1/customers?limit=3&starting_after=\(ids[1])")
    #expect(last.list() == [ids[0]] && last["has_more"] == "false")
    let back = try stripe.get("/v1/customers?limit=2&ending_before=\(ids[3])")
    #expect(back.list() == [ids[5], ids[4]] && back["has_more"] == "true")
    #expect(try stripe.get("/v1/customers?limit=0").status == 400)
    #expect(try stripe.get("/v1/customers?starting_after=cus_none")["error.code"] == "resource_missing")
  }
}
