import Audit
import JSON
import Ledger
import Stripe

/// `stripe setup`: what the catalog in force needs at Stripe.
struct StripeSetupCommand: Command {
  let words = ["stripe", "setup"]
  let summary = "Makes the catalog's meters, products and prices at Stripe."
  let usage = Usage(
    options: [.json],
    notes: """
      What is there already is left as it is: run again, it makes nothing. A new version of a rate gets a price of its
      own, to which stripe subscribe moves a company. Run it after each catalog apply.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring([.database, .stripe])
    let connection = try wiring.openDatabase()
    let catalog = try StripeCatalog(of: CatalogStore.catalog(connection))
    let log = AuditLog(connection)
    try log.record(AuditAct(.stripeSetUp, stage: .begun), by: context.person)
    let report = try StripeSetup(wiring.stripeCaller()).run(catalog)
    let ended = AuditAct(.stripeSetUp, stage: .ended) {
      $0.set("metersMade", report.metersMade)
      $0.set("productsMade", report.productsMade)
      $0.set("pricesMade", report.pricesMade)
    }
    try log.record(ended, by: context.person)
    context.show(Result(report: report), arguments)
    return .success
  }

  private struct Result: Presentable {
    let report: StripeSetup.Report

    var text: String {
      var table = Table([.text("Price"), .text("At Stripe")])
      for (key, id) in prices { table.add([key, id]) }
      return table.text
        + "\nmade: \(report.metersMade) meters, \(report.productsMade) products, \(report.pricesMade) prices\n"
    }

    private var prices: [(key: String, id: String)] {
      report.prices.map { ($0.key.text, $0.value.text) }.sorted { $0.0 < $1.0 }
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("metersMade", report.metersMade)
        $0.field("productsMade", report.productsMade)
        $0.field("pricesMade", report.pricesMade)
        $0.key("meters")
        $0.object { json in
          for (metric, id) in report.meters.sorted(by: { $0.key < $1.key }) { json.field(metric.text, id.text) }
        }
        $0.key("prices")
        $0.object { json in
          for (key, id) in prices { json.field(key, id) }
        }
      }
    }
  }
}
