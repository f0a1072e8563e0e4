import Billing
import Ledger
import Testing

@testable import usage_billing

@Suite struct RateOptionTests {
  @Test("fields are set, taken back to the plan's, or kept")
  func fields() throws {
    let rate = try RateOption.read("order:unitPrice=0.08,included=plan,levels=0.5/0.8/1")
    #expect(rate.metric == MetricName("order"))
    guard case .value(let price) = rate.unitPrice, case .plan = rate.included, case .keep = rate.threshold,
      case .value(let levels) = rate.levels
    else {
      Issue.record("\(rate)")
      return
    }
    #expect(price == Price("0.08"))
    #expect(levels.map(\.description) == ["0.5", "0.8", "1"])
  }

  @Test("no levels at all silence the warnings")
  func silence() throws {
    guard case .value(let levels) = try RateOption.read("order:levels=none").levels else {
      Issue.record("no levels were read")
      return
    }
    #expect(levels.isEmpty)
  }

  @Test(
    "what is no rate is wrong usage",
    arguments: [
      "", "order", "order:", ":unitPrice=1", "Order:unitPrice=1", "order:unitPrice", "order:unitPrice=",
      "order:price=1",
      "order:unitPrice=0,08", "order:levels=0.5//1", "order:included=1,included=2", "order:unitPrice=1,",
    ])
  func wrong(text: String) {
    #expect(throws: UsageError.self) { try RateOption.read(text) }
  }
}
