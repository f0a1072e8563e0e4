import Billing
import JSON
import StripeSimulator
import TestSupport
import Testing

extension EndToEnd {
  /// The whole way: messages, our invoices, and Stripe's, which are created since nobody here has a subscription.
  @Suite("Worked examples, on our invoices and on Stripe's")
  struct StripeInvoiceAcceptanceTests {
    private let scene: Scene
    private let simulator: Simulator
    private let month = Usage.longMonth

    init() throws {
      let simulator = try Simulator.start()
      let stripe = "http://127.0.0.1:\(simulator.port)"
      self.simulator = simulator
      scene = try Scene([
        "STRIPE_SECRET_KEY": "sk_test_worked_examples", "STRIPE_API_BASE": stripe,
        "STRIPE_METER_EVENTS_BASE": stripe, "STRIPE_CREATE_CUSTOMERS": "true", "STRIPE_ENDPOINT_RATE": "500",
        "STRIPE_RATE": "1000",
      ])
    }

    private func at(_ day: Int) -> Instant { month.adding(days: day % 31).start.adding(seconds: 43_200) }

    private func messages() -> [String] {
      var messages = (0..<1250).map { Usage.recorded("o-\($0)", "optical-labs", at: at($0)) }
      messages += (0..<980).map { Usage.recorded("i-\($0)", "optical-labs", "invoice", at: at($0)) }
      messages += (0..<31).map { Usage.recorded("s-\($0)", "optical-labs", "storage", quantity: 45, at: at($0)) }
      messages += (0..<50).map { Usage.recorded("c-\($0)", "optical-labs", "api_call", quantity: 1000, at: at($0)) }
      messages += (0..<120).map { Usage.recorded("j-\($0)", "optical-labs", "ai_job", at: at($0)) }
      messages += (0..<5).map { Usage.recorded("o-\($0)", "five", at: at($0)) }
      messages += (0..<10).map { Usage.recorded("o-\($0)", "ten", at: at($0)) }
      messages.append(Usage.recorded("c-1", "one-call", "api_call", at: at(3)))
      for (index, seconds) in [15, 0, 90, 120, 1800].enumerated() {
        messages.append(Usage.recorded("call-\(index)", "calls", "call_seconds", quantity: seconds, at: at(index)))
      }
      for count in [50, 51, 60] {
        messages += (0..<count).map { Usage.recorded("a-\($0)", "clinic-\(count)", "assessment", at: at($0)) }
      }
      messages.append(Usage.recorded("first", "clinic-twice", "assessment", quantity: 40, at: at(4)))
      messages.append(Usage.recorded("second", "clinic-twice", "assessment", quantity: 20, at: at(20)))
      return messages
    }

    /// Of the month, in the currency's unit: base fee, then metrics.
    private static let ours = [
      "calls": "base_fee 199, call_seconds 3.45", "clinic-50": "assessment 0", "clinic-51": "assessment 10",
      "clinic-60": "assessment 100", "clinic-twice": "assessment 100", "five": "base_fee 199, order 0.5",
      "one-call": "base_fee 199, api_call 0",
      "optical-labs": "base_fee 199, order 125, invoice 49, storage 45, api_call 0.5, ai_job 60",
      "ten": "base_fee 199, order 1",
    ]
    /// In cents. What comes to nothing is no invoice there.
    private static let stripes = [
      "calls": "20245", "clinic-51": "1000", "clinic-60": "10000", "clinic-twice": "10000", "five": "19950",
      "one-call": "19900", "optical-labs": "47850", "ten": "20000",
    ]

    private func ourLines() throws -> [String: String] {
      let rows = try scene.connection.query(
        """
        SELECT company_id, string_agg(
          concat_ws(' ', coalesce(l.metric, l.kind), trim_scale(l.amount / 100)), ', ' ORDER BY l.line_no)
        FROM billing.invoice_lines l JOIN billing.invoices i USING (company_id, invoice_no)
        WHERE i.period_start = \(month) AND i.type = 'period' GROUP BY 1
        """)
      var lines: [String: String] = [:]
      for row in rows { lines[try row.decode(at: 0)] = try row.decode(String.self, at: 1) }
      return lines
    }

    /// Of the month's final invoices.
    private func stripeTotals() -> [String: String] {
      var totals: [String: String] = [:]
      for invoice in simulator.effects.objects("invoices")
      where invoice["metadata"]?["period_start"] == .string(month.description) && invoice["status"] != .string("draft")
      {
        guard case .string(let company)? = invoice["metadata"]?["company_id"],
          case .number(let total)? = invoice["total"]
        else { continue }
        totals[company] = totals[company].map { "\($0) and \(total)" } ?? total
      }
      return totals
    }

    @Test("each comes out on both, run as often as one likes")
    func both() throws {
      defer { simulator.stop() }
      for company in Self.ours.keys.sorted() {
        try scene.run(
          "companies", "set", company, "--plan", company.hasPrefix("clinic") ? "business" : "standard",
          "--stripe-mode", "live", "--stripe-since", month.description)
      }
      let messages = messages()
      try scene.broker.publish(messages)
      let counting = try scene.worker()
      try scene.awaitCounted(messages.count)
      try scene.finish(counting)
      for _ in 0..<2 {
        try scene.run("billing-run")
        #expect(try ourLines() == Self.ours)
        let sending = try TestWorker(["outbox-worker"], environment: scene.environment())
        try eventually("nothing is owed; \(sending.standardError.suffix(500))") {
          try scene.number("SELECT count(*) FROM billing.outbox_entries") == 0
        }
        try sending.stop()
        #expect(stripeTotals() == Self.stripes)
      }
      try scene.run("verify", "--full")
      try scene.run("reconcile")
    }
  }
}
