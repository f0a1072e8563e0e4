import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("A line is explained down to its records", .enabled(if: TestDatabase.isAvailable))
struct LineExplainerTests {
  private func explain(
    _ world: World, _ company: String, _ metric: String, _ kind: String, limit: Int = 100, skip: Int = 0
  ) throws -> LineExplanation {
    let line = try world.number(
      "SELECT line_no FROM billing.invoice_lines WHERE company_id = \(company) AND metric = \(metric) AND kind = \(kind)"
    )
    return try #require(try LineExplainer(world.eye).explain(Int64(line), limit: limit, skip: skip))
  }

  @Test("every line adds up: fees, charges, usage of every aggregation, late usage, voids")
  func all() throws {
    let world = try World.billed()
    let (lines, disagreements) = try ExplainedLines.check(on: world.eye)
    #expect(lines == 48)
    #expect(disagreements == [])
    let unknown = try LineExplainer(world.eye).explain(1000, limit: 1)
    #expect(unknown == nil)
  }

  @Test("a late line's records are its own; the former line's are taken off")
  func late() throws {
    let world = try World.billed()
    let late = try explain(world, "quiet", "scan", "late")
    let usage = try #require(late.usage)
    #expect(usage.usageRecords == 0 && usage.voids == 1)
    #expect(usage.records.map(\.usageID.text) == ["void:s1"])
    #expect(usage.former.map(\.amount.description) == ["8.00"])
    #expect(usage.computedTotal == Quantity(3))
    #expect(late.computed?.description == "-2.00")
    #expect(late.line.parts.map(\.amount.description) == ["-2.00"])
    let first = try #require(explain(world, "quiet", "scan", "usage").usage)
    #expect(first.records.map(\.isVoided) == [false, true, false, false])
  }

  @Test("records are listed a page at a time, by time")
  func pages() throws {
    let world = try World.billed()
    let page = try #require(explain(world, "quiet", "scan", "usage", limit: 2, skip: 1).usage)
    #expect(page.records.map(\.usageID.text) == ["s1", "s2"])
    #expect(page.usageRecords == 4)
    let none = try #require(explain(world, "quiet", "scan", "usage", limit: 0).usage)
    #expect(none.records.isEmpty && none.usageRecords == 4)
  }

  @Test("of a total that is no sum, the records that decide it are shown, as of the line")
  func deciding() throws {
    let world = try World.billed()
    func deciding(_ metric: String, _ kind: String) throws -> [String] {
      try #require(explain(world, "quiet", metric, kind).usage).deciding.map(\.usageID.text)
    }
    #expect(try deciding("peak", "usage") == ["p1"])
    #expect(try deciding("peak", "late") == ["p0"])
    #expect(try deciding("level", "usage") == ["l1"])
    #expect(try deciding("level", "late") == ["l2"])
    #expect(try deciding("people", "usage") == ["v1", "v2"])
    #expect(try deciding("people", "late") == ["v1", "v2", "v3"])
  }

  @Test(
    "what does not add up is named with both figures",
    arguments: [
      (
        "UPDATE billing.usage_records SET counted = counted + 1 WHERE company_id = 'quiet' AND usage_id = 'o1'",
        [
          "line 2 (order): what the records up to and with this line come to: 1250, 1251",
          "line 2 (order): what this line's own records add up to: 1250, 1251",
          "line 30 (order): what the records up to and with this line come to: 1300, 1301",
        ]
      ),
      (
        "UPDATE billing.invoice_lines SET amount = amount + 1 WHERE company_id = 'quiet' AND metric = 'call'",
        ["line 3 (call): the price of the total less what former lines charged: 0.11 usd, 0.10 usd"]
      ),
      (
        "UPDATE billing.invoice_lines SET quantity = quantity + 1 WHERE company_id = 'quiet' AND metric = 'call'",
        [
          "line 3 (call): the total up to this line: 1, 2",
          "line 3 (call): what this line's own records add up to: 2, 1",
        ]
      ),
      (
        "UPDATE billing.invoice_line_subjects SET amount = amount + 1 WHERE company_id = 'quiet' AND place = 2",
        ["line 8 (scan): the amounts of the parts: 8.00 usd, 8.01 usd"]
      ),
      (
        "UPDATE billing.invoice_lines SET days = 10 WHERE company_id = 'quiet' AND line_no = 1",
        ["line 1 (base_fee): the plan's fee for 10 of 31 days: 199.00 usd, 64.19 usd"]
      ),
      (
        "DELETE FROM billing.charges WHERE company_id = 'quiet'",
        ["line 9 (charge): the amount of charge 1: -5.00 usd, cannot be priced"]
      ),
    ])
  func wrong(_ statement: String, _ expected: [String]) throws {
    let world = try World.billed()
    try world.eye.execute(statement)
    #expect(try ExplainedLines.check(on: world.eye).disagreements == expected)
  }
}
