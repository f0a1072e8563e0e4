import JSON
import Ledger
import Operations

/// `catalog apply`: puts a catalog in force.
struct CatalogApplyCommand: Command {
  private static let maximumBytes = 1 << 20

  let words = ["catalog", "apply"]
  let summary = "Puts a catalog in force; workers pick it up without a restart."
  let usage = Usage(
    arguments: [.init("FILE", "the JSON document; its schema is schemas/catalog.schema.json")], options: [.json],
    notes: """
      All mistakes are named at once. What has been counted or has begun to price a period cannot change, and a
      company's own rate cannot lose its meaning (a price beside tiers, terms that Stripe cannot express). Totals that
      have reached a new threshold are announced; applying the same document again changes nothing else.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring(.database)
    let document = try FileBytes.read(try arguments.argument("FILE"), limit: Self.maximumBytes)
    let connection = try wiring.openDatabase()
    let applied = try CatalogStore.apply(
      document, by: context.person, on: connection, now: context.now)
    let bar = context.progressBar("thresholds", total: nil)
    let alerts = try ThresholdReview.ofAllCompanies(on: connection, now: context.now) { bar.advance(to: $0) }
    bar.finish()
    context.show(Result(applied: applied, alerts: alerts), arguments)
    return .success
  }

  private struct Result: Presentable {
    let applied: CatalogStore.Applied
    let alerts: Int

    var text: String {
      let first =
        applied.isNew
        ? "catalog version \(applied.version) is in force" : "no change: version \(applied.version) says the same"
      return alerts == 0 ? "\(first)\n" : "\(first)\nthreshold messages now owed: \(alerts)\n"
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("version", applied.version)
        $0.field("changed", applied.isNew)
        $0.field("thresholdMessages", alerts)
      }
    }
  }
}
