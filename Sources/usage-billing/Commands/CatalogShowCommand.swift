import Billing
import JSON
import Ledger
import Messages

/// `catalog show`: the catalog in force.
struct CatalogShowCommand: Command {
  let words = ["catalog", "show"]
  let summary = "Shows the metrics, plans and rates in force."
  let usage = Usage(options: [.json], notes: "The JSON document's member \"catalog\" can be edited and applied again.")

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let connection = try context.wiring(.database).openDatabase()
    context.show(
      Shown(catalog: try CatalogStore.catalog(connection), provenance: try CatalogStore.provenance(connection)),
      arguments
    )
    return .success
  }

  private struct Shown: Presentable {
    let catalog: Catalog
    let provenance: CatalogStore.Provenance

    var text: String {
      let head = "Catalog version \(catalog.version), applied \(provenance.appliedAt) by \(provenance.appliedBy)\n"
      return head + "\n" + metrics + catalog.plans.map { "\n" + plan($0) }.joined()
        + "\nCharge kinds: \(catalog.chargeKinds.map(kind).joined(separator: ", "))\n"
    }

    private func kind(_ kind: ChargeKind) -> String {
      catalog.kindsBilledAtOnce.contains(kind) ? "\(kind) (billed at once)" : kind.text
    }

    private var metrics: String {
      var table = Table([.text("Metric"), .text("Unit"), .text("Source"), .text("Aggregation"), .number("Minimum")])
      for metric in catalog.metrics.values.sorted(by: { $0.name < $1.name }) {
        table.add([
          metric.name.text, metric.unit, metric.source.rawValue, metric.aggregation.rawValue,
          metric.minimumPerEvent?.description,
        ])
      }
      return table.text
    }

    private func plan(_ plan: Plan) -> String {
      let name = "Plan \(plan.id)\(plan.isDefault ? " (default)" : "")"
      var table = Table([
        .text("Rate"), .text("From"), .text("Model"), .number("Price"), .number("Per"), .number("Included"),
        .number("Threshold"), .text("Levels"), .text("Billing"), .text("Itemized"),
      ])
      for rate in plan.rates {
        table.add([
          rate.metric.text, rate.effectiveFrom?.description, rate.model.kind.rawValue, price(rate.model),
          rate.unitSize.description, rate.included.description, rate.threshold?.description,
          rate.threshold == nil ? nil : rate.levels.map(\.description).joined(separator: "/"), rate.billing.rawValue,
          rate.itemize ? "yes" : "no",
        ])
      }
      return "\(name): base fee \(plan.baseFee) \(plan.currency)\n" + table.text
    }

    /// `0.10`, or tiers: `to 100: 1.00 + 5.00, then 0.50`, a flat fee behind its tier's price.
    private func price(_ model: PriceModel) -> String {
      guard let tiers = model.tiers else { return model.unitPrice?.description ?? "" }
      return tiers.map { tier in
        let price = tier.unitPrice.description + (tier.flatFee == .zero ? "" : " + \(tier.flatFee)")
        return tier.upTo.map { "to \($0): \(price)" } ?? "then \(price)"
      }.joined(separator: ", ")
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("version", catalog.version)
        $0.field("appliedAt", provenance.appliedAt.description)
        $0.field("appliedBy", provenance.appliedBy)
        $0.key("catalog")
        $0.value(CatalogDocument.encode(catalog))
      }
    }
  }
}
