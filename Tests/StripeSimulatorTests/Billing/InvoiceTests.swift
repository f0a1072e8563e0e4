import Testing

@testable import StripeSimulator

@Suite("Invoices made by hand")
struct InvoiceTests {
  private let shop: Shop
  private let now = day(2025, 2, 1) + 5

  init() throws { shop = try Shop(at: now) }

  private func make(_ form: String = "") throws -> SimulatorClient.Answer {
    try shop.post("invoices", "customer=\(shop.customer)" + (form.isEmpty ? "" : "&" + form))
  }

  @Test("a new invoice is an empty draft that leaves waiting items alone")
  func draft() throws {
    _ = try shop.item(100)
    let invoice = try make("metadata[invoice]=i-7&description=January")
    #expect(invoice["object"] == "invoice" && invoice["status"] == "draft" && invoice["billing_reason"] == "manual")
    #expect(invoice["auto_advance"] == "false" && invoice["automatically_finalizes_at"] == nil)
    #expect(invoice.count("lines.data") == 0 && invoice["amount_due"] == "0" && invoice["number"] == nil)
    #expect(invoice["metadata.invoice"] == "i-7" && invoice["description"] == "January")
    #expect(try shop.get("invoiceitems?pending=true").list().count == 1)
  }

  @Test("items that wait are taken along when that is asked for, others are put on it, in Stripe's order")
  func items() throws {
    let first = try #require(try shop.item(1, "description=first")["id"])
    _ = try shop.item(2, "description=second")
    let invoice = try make("pending_invoice_items_behavior=include")
    let id = try #require(invoice["id"])
    #expect(invoice.lines("description") == ["second", "first"])
    _ = try shop.item(4, "description=third&invoice=\(id)")
    _ = try shop.item(8, "description=fourth&invoice=\(id)")
    let full = try shop.get("invoices/\(id)")
    #expect(full.lines("description") == ["second", "first", "third", "fourth"])
    #expect(full["total"] == "15" && full["lines.data.1.parent.invoice_item_details.invoice_item"] == first)
    #expect(try shop.get("invoiceitems/\(first)")["invoice"] == id)
  }

  @Test("create, attach, finalise, pay")
  func life() throws {
    let id = try #require(try make()["id"])
    _ = try shop.item(19_900, "invoice=\(id)")
    let open = try shop.post("invoices/\(id)/finalize")
    #expect(open["status"] == "open" && open["amount_due"] == "19900" && open["amount_remaining"] == "19900")
    #expect(open["number"] != nil && open["status_transitions.finalized_at"] == "\(now)")
    let again = try shop.post("invoices/\(id)/finalize")
    #expect(again.status == 400 && again["error.type"] == "invalid_request_error")
    shop.go(to: now + 60)
    let paid = try shop.post("invoices/\(id)/pay")
    #expect(paid["status"] == "paid" && paid["amount_paid"] == "19900" && paid["amount_remaining"] == "0")
    #expect(paid["status_transitions.paid_at"] == "\(now + 60)")
    #expect(try shop.post("invoices/\(id)/pay").status == 400)
    #expect(try shop.post("invoices/\(id)/void").status == 400)
  }

  @Test("with automatic advancement a draft becomes final after the grace time, and is charged")
  func autoAdvance() throws {
    let id = try #require(try make("auto_advance=true")["id"])
    _ = try shop.item(500, "invoice=\(id)")
    #expect(try shop.get("invoices/\(id)")["automatically_finalizes_at"] == "\(now + 3600)")
    shop.go(to: now + 3599)
    #expect(try shop.get("invoices/\(id)")["status"] == "draft")
    shop.go(to: now + 3600)
    let paid = try shop.get("invoices/\(id)")
    #expect(paid["status"] == "paid" && paid["amount_paid"] == "500" && paid["attempted"] == "true")
    #expect(paid["automatically_finalizes_at"] == nil)
  }

  @Test("advancement that is taken back, or moved, counts as it is then")
  func movedFinalization() throws {
    let kept = try #require(try make("auto_advance=true")["id"])
    let moved = try #require(try make("auto_advance=true")["id"])
    #expect(try shop.post("invoices/\(kept)", "auto_advance=false")["automatically_finalizes_at"] == nil)
    _ = try shop.post("invoices/\(moved)", "automatically_finalizes_at=\(now + 10_000)")
    shop.go(to: now + 9999)
    #expect(try shop.invoices("status") == ["draft", "draft"])
    shop.go(to: now + 10_000)
    #expect(try shop.invoices("status") == ["draft", "paid"])
  }

  @Test("an invoice that is sent stays open until it is paid, voided or given up")
  func sent() throws {
    let missing = try make("collection_method=send_invoice")
    #expect(missing.status == 400 && missing["error.param"] == "days_until_due")
    let ids = try (0..<3).map { _ in
      try #require(try make("collection_method=send_invoice&days_until_due=30&auto_advance=true")["id"])
    }
    for id in ids { _ = try shop.item(100, "invoice=\(id)") }
    shop.go(to: now + 3600)
    #expect(try shop.invoices("status") == ["open", "open", "open"])
    #expect(try shop.get("invoices/\(ids[0])")["due_date"] == "\(now + 3600 + 30 * 86_400)")
    #expect(try shop.post("invoices/\(ids[0])/pay", "paid_out_of_band=true")["amount_paid_off_stripe"] == "100")
    #expect(try shop.post("invoices/\(ids[1])/void")["status"] == "void")
    #expect(try shop.post("invoices/\(ids[2])/mark_uncollectible")["status"] == "uncollectible")
    #expect(try shop.invoices("id", "&status=void") == [ids[1]])
    #expect(try shop.invoices("id", "&status=uncollectible&collection_method=send_invoice") == [ids[2]])
    #expect(try shop.post("invoices/\(ids[1])/pay").status == 400)
    #expect(try shop.post("invoices/\(ids[2])/pay")["status"] == "paid")
  }

  @Test("a total below zero bills nothing and is the customer's for the next invoice")
  func credit() throws {
    let credit = try #require(try make()["id"])
    _ = try shop.item(-700, "invoice=\(credit)")
    let settled = try shop.post("invoices/\(credit)/finalize")
    #expect(settled["total"] == "-700" && settled["amount_due"] == "0" && settled["status"] == "paid")
    #expect(settled["ending_balance"] == "-700")
    #expect(try shop.get("customers/\(shop.customer)")["balance"] == "-700")
    let next = try #require(try make()["id"])
    _ = try shop.item(1000, "invoice=\(next)")
    let open = try shop.post("invoices/\(next)/finalize")
    #expect(open["total"] == "1000" && open["starting_balance"] == "-700" && open["amount_due"] == "300")
    #expect(try shop.get("customers/\(shop.customer)")["balance"] == "0")
    // A void invoice gives back what it had taken.
    _ = try shop.post("invoices/\(next)/void")
    #expect(try shop.get("customers/\(shop.customer)")["balance"] == "-700")
  }

  @Test("an invoice has room for 250 items; those that wait beyond them go on waiting")
  func limit() throws {
    for _ in 0..<251 { _ = try shop.item(1) }
    let invoice = try make("pending_invoice_items_behavior=include")
    let id = try #require(invoice["id"])
    #expect(invoice["total"] == "250" && invoice["lines.has_more"] == "true" && invoice["lines.total_count"] == "250")
    #expect(try shop.get("invoiceitems?pending=true").list().count == 1)
    let full = try shop.item(1, "invoice=\(id)")
    #expect(full.status == 400 && full["error.param"] == "invoice")
    let page = try shop.get("invoices/\(id)/lines?limit=100")
    #expect(page.list().count == 100 && page["has_more"] == "true")
    let last = try #require(page.list().last)
    let second = try shop.get("invoices/\(id)/lines?limit=100&starting_after=\(last)")
    let third = try shop.get("invoices/\(id)/lines?limit=100&starting_after=\(second.list()[99])")
    #expect(third.list().count == 50 && Set(page.list() + second.list() + third.list()).count == 250)
  }

  @Test("the largest quantities, prices and balances are borne without a trap")
  func extremes() throws {
    #expect(try shop.post("customers/\(shop.customer)", "balance=9223372036854775807").status == 400)
    _ = try shop.post("customers/\(shop.customer)", "balance=1000000000000000")
    let id = try #require(try make()["id"])
    for sign in ["", "", "-"] {
      _ = try shop.post(
        "invoiceitems",
        "customer=\(shop.customer)&invoice=\(id)&quantity=9223372036854775807"
          + "&unit_amount_decimal=\(sign)99999999999999999999.999999999999")
    }
    #expect(try shop.get("invoices/\(id)")["total"] == "999999999999")
    #expect(try shop.post("invoices/\(id)/finalize")["amount_due"] == "1000999999999999")
  }

  @Test("the first thing to pay says which currency the customer has, and later ones follow")
  func currency() throws {
    _ = try shop.post("invoiceitems", "customer=\(shop.customer)&amount=5&currency=EUR")
    #expect(try shop.get("customers/\(shop.customer)")["currency"] == "eur")
    #expect(try make()["currency"] == "eur")
    #expect(try shop.post("invoiceitems", "customer=\(shop.customer)&amount=5")["currency"] == "eur")
    #expect(try shop.item(5)["currency"] == "usd")
  }

  @Test("tests in the same process see items and invoices")
  func effects() throws {
    let id = try #require(try make("metadata[a]=b")["id"])
    _ = try shop.item(5, "metadata[entry]=e-1&invoice=\(id)")
    _ = try shop.item(7)
    let effects = shop.stripe.simulator.effects
    #expect(effects.invoiceItems.map(\.amount) == [5, 7] && effects.invoiceItems.map(\.invoice) == [id, nil])
    #expect(effects.invoiceItems[0].metadata == ["entry": "e-1"])
    #expect(effects.invoices.map(\.total) == [5] && effects.invoices[0].metadata == ["a": "b"])
    #expect(try shop.stripe.control(.get, "objects/invoices")["data.0.total"] == "5")
    #expect(try shop.stripe.control(.get, "objects/invoiceitems")["count"] == "2")
  }

  @Test("a final invoice keeps what was on it")
  func final() throws {
    let id = try #require(try make()["id"])
    _ = try shop.post("invoices/\(id)/finalize")
    let refused = try shop.post("invoices/\(id)", "description=New")
    #expect(refused.status == 400 && refused["error.code"] == "invoice_not_editable")
    #expect(try shop.post("invoices/\(id)", "metadata[a]=b")["metadata.a"] == "b")
    #expect(try shop.post("invoices", "customer=cus_none")["error.code"] == "resource_missing")
    #expect(try shop.post("invoices", "customer=\(shop.customer)&items=1")["error.code"] == "parameter_unknown")
    #expect(try shop.get("invoices/in_none").status == 404)
  }
}
