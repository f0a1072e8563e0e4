import Billing
import Invoicing
import PostgreSQL
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// From published messages to invoices, by the real program.
  @Suite("Invoices of published messages")
  struct InvoiceAcceptanceTests {
    private static func lines(_ scene: Scene, _ company: String, _ month: CivilDate) throws -> [String] {
      try scene.connection.query(
        """
        SELECT concat_ws(' ', l.kind, l.metric, trim_scale(l.amount / 100)) FROM billing.invoice_lines l
        JOIN billing.invoices i USING (company_id, invoice_no)
        WHERE company_id = \(company) AND i.period_start = \(month) ORDER BY l.line_no
        """
      ).map { try $0.decode(String.self, at: 0) }
    }

    private static func count(_ scene: Scene, _ messages: [String]) throws {
      try scene.broker.publish(messages)
      let worker = try scene.worker()
      try scene.awaitCounted(messages.count)
      try scene.finish(worker)
    }

    @Test(
      "the example month's invoice is 478.50: 199.00, 125.00, 49.00, 45.00, 0.50 and 60.00, run as often as one likes")
    func exampleMonth() throws {
      let scene = try Scene()
      try scene.register("optical-labs")
      let month = Usage.longMonth
      func at(_ day: Int) -> Instant { month.adding(days: day % 31).start.adding(seconds: 43_200) }
      var messages = (0..<1250).map { Usage.recorded("o-\($0)", "optical-labs", at: at($0)) }
      messages += (0..<980).map { Usage.recorded("i-\($0)", "optical-labs", "invoice", at: at($0)) }
      messages += (0..<31).map { Usage.recorded("s-\($0)", "optical-labs", "storage", quantity: 15 + $0, at: at($0)) }
      messages += (0..<5000).map { Usage.recorded("c-\($0)", "optical-labs", "api_call", quantity: 10, at: at($0)) }
      messages += (0..<120).map { Usage.recorded("j-\($0)", "optical-labs", "ai_job", at: at($0)) }
      try Self.count(scene, messages)
      for _ in 0..<3 {
        try scene.run("billing-run")
        #expect(
          try Self.lines(scene, "optical-labs", month) == [
            "base_fee 199", "usage order 125", "usage invoice 49", "usage storage 45", "usage api_call 0.5",
            "usage ai_job 60",
          ])
        #expect(
          try scene.number(
            "SELECT total::bigint FROM billing.invoices WHERE period_start = \(month) AND type = 'period'") == 47_850)
      }
      try scene.run("verify")
    }

    @Test("a billing run killed at any step, and begun again, makes each invoice once", arguments: PeriodCloseStep.all)
    func killed(at step: StaticString) throws {
      let scene = try Scene()
      for company in ["a", "b", "c"] {
        try scene.run("companies", "set", company, "--stripe-mode", "shadow", "--stripe-since", "2020-01-01")
      }
      let month = Usage.longMonth
      let messages = ["a", "b", "c"].flatMap { company in
        (0..<10).map { Usage.recorded("o-\($0)", company, at: month.start.adding(seconds: Int64($0))) }
      }
      try Self.count(scene, messages)
      let victim = try TestWorker(
        ["billing-run"], environment: scene.environment(["USAGE_BILLING_FAILPOINTS": "\(step)=kill"]))
      #expect(try victim.waitForExit() == .signal(9))
      for _ in 0..<2 { try scene.run("billing-run") }
      for company in ["a", "b", "c"] {
        #expect(try Self.lines(scene, company, month) == ["base_fee 199", "usage order 1"])
      }
      let (count, last) = (
        try scene.number("SELECT count(*) FROM billing.invoices"),
        try scene.number("SELECT last FROM billing.invoice_numbers")
      )
      #expect(count == last && count >= 3)
      // Each told once: made, its fee, and for the month with usage that, and made final.
      #expect(
        try scene.number("SELECT count(*) FROM billing.outbox_entries WHERE kind = 'finalize_invoice'") == count)
      #expect(try scene.number("SELECT count(*) FROM billing.outbox_entries WHERE kind = 'invoice_item'") == count + 3)
      try scene.run("verify")
    }
  }
}
