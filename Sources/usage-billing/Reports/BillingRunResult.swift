import Audit
import Billing
import Invoicing
import JSON

extension BillingRunCommand {
  /// What a run did.
  struct Result: Presentable {
    let reports: MeterReportSummary
    /// Charged for periods at whose start they were active.
    let patients: Int
    let charges: ChargeBilling.Summary
    let closed: PeriodCloseSummary
    /// Drafts that became open invoices.
    let opened: Int

    /// Whether nothing was met that cannot be reported or billed as it is.
    var isComplete: Bool { reports.problems.isEmpty && closed.problems.isEmpty && charges.tooLarge.isEmpty }

    private var invoices: Int { closed.invoices + charges.invoices }
    private var lines: Int { closed.lines + charges.charges }
    private var amounts: AmountsByCurrency { closed.amounts.adding(charges.amounts) }
    private var problems: Int { reports.problems.count + closed.problems.count + charges.tooLarge.count }

    /// For the audit log.
    var act: AuditAct {
      AuditAct(.billingRun, stage: .ended) {
        $0.set("patientsCharged", patients)
        $0.set("companies", reports.companies)
        $0.set("meterEvents", reports.reports)
        $0.set("invoiceItems", reports.items)
        $0.set("periodsClosed", closed.periods)
        $0.set("invoices", invoices)
        $0.set("lines", lines)
        $0.set("amounts", each: amounts.all) { amount, facts in
          facts.set("currency", amount.currency)
          facts.set("amount", amount)
        }
        $0.set("invoicesOpened", opened)
        $0.set("problems", problems)
      }
    }

    var text: String {
      var table = Table([.text("Billing run"), .number("Count")])
      for (name, count) in [
        ("patients charged again", patients), ("companies reported for", reports.companies),
        ("meter events written", reports.reports), ("invoice items written for late reports", reports.items),
        ("events turned into items", reports.converted), ("ended totals left for later", reports.waiting),
        ("periods closed", closed.periods), ("periods left until patients are renewed", closed.waiting),
        ("invoices", invoices), ("invoice lines", lines), ("invoices that became open", opened),
      ] { table.add([name, String(count)]) }
      var text = table.text
      if !amounts.all.isEmpty {
        var sums = Table([.text("Currency"), .number("Invoiced")])
        for amount in amounts.all { sums.add([amount.currency.code, amount.description]) }
        text += "\n" + sums.text
      }
      guard !isComplete else { return text }
      var problems = Table([.text("Company"), .text("Metric"), .text("Period"), .text("Cannot be reported or billed")])
      for problem in reports.problems {
        problems.add([
          problem.company.text, problem.metric.text, problem.periodStart.description, problem.reason.rawValue,
        ])
      }
      for problem in closed.problems {
        problems.add([
          problem.company.text, problem.metric?.text, problem.periodStart.description, problem.reason.rawValue,
        ])
      }
      for company in charges.tooLarge { problems.add([company.text, nil, nil, "charges too large"]) }
      return text + "\n" + problems.text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("patients", patients)
        $0.field("companies", reports.companies)
        $0.field("reports", reports.reports)
        $0.field("items", reports.items)
        $0.field("converted", reports.converted)
        $0.field("waiting", reports.waiting)
        $0.field("periods", closed.periods)
        $0.field("periodsWaiting", closed.waiting)
        $0.field("invoices", invoices)
        $0.field("lines", lines)
        $0.field("opened", opened)
        $0.key("amounts")
        $0.array { json in
          for amount in amounts.all {
            json.object {
              $0.field("currency", amount.currency.code)
              $0.field("amount", amount.description)
            }
          }
        }
        $0.key("problems")
        $0.array { json in
          for problem in reports.problems {
            Self.encode(problem.company, problem.metric, problem.periodStart, problem.reason.rawValue, &json)
          }
          for problem in closed.problems {
            Self.encode(problem.company, problem.metric, problem.periodStart, problem.reason.rawValue, &json)
          }
          for company in charges.tooLarge { Self.encode(company, nil, nil, "charges_too_large", &json) }
        }
      }
    }

    private static func encode(
      _ company: CompanyID, _ metric: MetricName?, _ periodStart: CivilDate?, _ reason: String, _ json: inout JSONWriter
    ) {
      json.object {
        $0.field("companyId", company.text)
        $0.field("metric", optional: metric?.text)
        $0.field("periodStart", optional: periodStart?.description)
        $0.field("reason", reason)
      }
    }
  }
}
