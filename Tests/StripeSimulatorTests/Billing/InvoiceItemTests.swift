import Testing

@Suite("Invoice items")
struct InvoiceItemTests {
  private let shop: Shop
  private let now = day(2025, 2, 1) + 5

  init() throws { shop = try Shop(at: now) }

  @Test("an amount, and a unit amount of twelve decimals times a quantity, each make an item")
  func amounts() throws {
    let item = try shop.item(
      -150, "description=Credit&period[start]=100&period[end]=200&metadata[entry]=e-1&discountable=false")
    #expect(item["object"] == "invoiceitem" && item["amount"] == "-150" && item["currency"] == "usd")
    #expect(item["quantity"] == "1" && item["pricing.unit_amount_decimal"] == "-150" && item["description"] == "Credit")
    #expect(item["period.start"] == "100" && item["period.end"] == "200" && item["date"] == "\(now)")
    #expect(item["metadata.entry"] == "e-1" && item["invoice"] == nil && item["proration"] == "false")
    let calls = try shop.post(
      "invoiceitems", "customer=\(shop.customer)&unit_amount_decimal=0.001&quantity=50500&currency=usd")
    #expect(calls["amount"] == "51" && calls["quantity"] == "50500" && calls["period.start"] == "\(now)")
    let part = try shop.post(
      "invoiceitems", "customer=\(shop.customer)&unit_amount_decimal=100&quantity_decimal=1.255")
    #expect(part["amount"] == "126" && part["quantity"] == "1" && part["quantity_decimal"] == "1.255")
    let price = try shop.price("Setup", "unit_amount=5000")
    let priced = try shop.post("invoiceitems", "customer=\(shop.customer)&pricing[price]=\(price)&quantity=2")
    #expect(priced["amount"] == "10000" && priced["pricing.price_details.price"] == price)
    #expect(priced["description"] == "Setup")
  }

  @Test(
    "what is no item is refused, with the parameter that is wrong",
    arguments: [
      ("amount=1&unit_amount_decimal=2", "parameters_exclusive", "amount"), ("", "parameter_missing", "amount"),
      ("amount=1.5", "parameter_invalid_integer", "amount"),
      ("amount=100000000", "parameter_invalid_integer", "amount"),
      ("unit_amount_decimal=1&quantity=-1", "parameter_invalid_integer", "quantity"),
      ("unit_amount_decimal=1&quantity_decimal=-1", nil, "quantity_decimal"),
      ("unit_amount_decimal=0.0000000000001", nil, "unit_amount_decimal"), ("amount=1&currency=xxx", nil, "currency"),
      ("amount=1&period[start]=2", "parameter_missing", "period[end]"),
      ("amount=1&period[start]=2&period[end]=1", nil, "period[end]"),
      ("amount=1&invoice=in_none", "resource_missing", "invoice"),
      ("amount=1&subscription=sub_none", "resource_missing", "subscription"),
      ("amount=1&price=price_1", "parameter_unknown", "price"),
    ] as [(String, String?, String)])
  func refusals(form: String, code: String?, param: String) throws {
    let answer = try shop.post("invoiceitems", "customer=\(shop.customer)&\(form)")
    #expect(answer.status == 400 && answer["error.code"] == code && answer["error.param"] == param)
    #expect(try shop.get("invoiceitems").list().isEmpty)
  }

  @Test("an unknown customer is refused")
  func customer() throws {
    let answer = try shop.post("invoiceitems", "customer=cus_none&amount=1")
    #expect(answer["error.code"] == "resource_missing" && answer["error.param"] == "customer")
  }

  @Test("items are listed by customer, time, invoice and whether they wait")
  func lists() throws {
    let draft = try shop.stripe.id("/v1/invoices", "customer=\(shop.customer)")
    let waiting = try #require(try shop.item(1)["id"])
    shop.go(to: now + 60)
    let attached = try #require(try shop.item(2, "invoice=\(draft)")["id"])
    let other = try shop.stripe.id("/v1/customers", "name=Other")
    let strange = try shop.stripe.id("/v1/invoiceitems", "customer=\(other)&amount=3")
    #expect(try shop.get("invoiceitems").list() == [strange, attached, waiting])
    #expect(try shop.get("invoiceitems?customer=\(shop.customer)").list() == [attached, waiting])
    #expect(try shop.get("invoiceitems?customer=\(shop.customer)&pending=true").list() == [waiting])
    #expect(try shop.get("invoiceitems?pending=false").list() == [attached])
    #expect(try shop.get("invoiceitems?invoice=\(draft)").list() == [attached])
    #expect(try shop.get("invoiceitems?customer=\(shop.customer)&created[gte]=\(now + 1)").list() == [attached])
    #expect(
      try shop.get("invoiceitems?customer=\(shop.customer)&limit=1&starting_after=\(attached)").list() == [waiting])
  }

  @Test("an item can change and go while its invoice is a draft, and not later")
  func draftsOnly() throws {
    let draft = try shop.stripe.id("/v1/invoices", "customer=\(shop.customer)")
    let item = try #require(try shop.item(100, "invoice=\(draft)")["id"])
    let gone = try #require(try shop.item(7, "invoice=\(draft)")["id"])
    #expect(try shop.post("invoiceitems/\(item)", "amount=250&description=More")["amount"] == "250")
    #expect(try shop.delete("invoiceitems/\(gone)")["deleted"] == "true")
    #expect(try shop.get("invoiceitems/\(gone)").status == 404)
    #expect(try shop.post("invoices/\(draft)/finalize")["amount_due"] == "250")
    for answer in [try shop.post("invoiceitems/\(item)", "amount=1"), try shop.delete("invoiceitems/\(item)")] {
      #expect(answer.status == 400 && answer["error.code"] == "invoice_not_editable")
    }
    let late = try shop.item(1, "invoice=\(draft)")
    #expect(late.status == 400 && late["error.code"] == "invoice_not_editable" && late["error.param"] == "invoice")
    #expect(try shop.get("invoices/\(draft)")["amount_due"] == "250")
  }

  @Test("an item goes onto its own customer's draft, in its currency")
  func strangers() throws {
    let other = try shop.stripe.id("/v1/customers", "name=Other")
    let draft = try shop.stripe.id("/v1/invoices", "customer=\(other)&currency=eur")
    #expect(try shop.item(1, "invoice=\(draft)")["error.param"] == "invoice")
    let wrong = try shop.post("invoiceitems", "customer=\(other)&amount=1&currency=usd&invoice=\(draft)")
    #expect(wrong["error.param"] == "currency")
  }
}
