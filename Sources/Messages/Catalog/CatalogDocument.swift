import Billing
import JSON

/// The catalog as one JSON document: what operators write and apply, and what is kept of each version.
///
/// Prices and quantities are decimal strings or JSON numbers, read by their digits. Fields that the schema does not
/// name are mistakes: a misspelt `threshold` would otherwise silence its warnings unseen.
public enum CatalogDocument {
  /// The catalog that a document's text describes; a text that is no JSON is the one mistake then, with line and
  /// column.
  public static func decode(_ text: [UInt8], version: Int) throws(CatalogMistakes) -> Catalog {
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(text)
    } catch {
      throw CatalogMistakes([CatalogMistake(path: "", rule: "a JSON document, but it is \(error)")])
    }
    return try decode(document, version: version)
  }

  /// The catalog that a document describes.
  ///
  /// - Parameter version: the number under which it comes into force; not part of the document.
  /// - Throws: every mistake at once, of reading and of rules, each with its path in the document.
  public static func decode(_ document: JSONValue, version: Int) throws(CatalogMistakes) -> Catalog {
    var reader = CatalogReader()
    let draft = reader.draft(document)
    return try draft.checked(version: version, alreadyFound: reader.mistakes)
  }

  /// The document of a catalog: the same catalog gives the same document, and decoding it gives the catalog again.
  /// Metrics are in the order of their names; fields that say nothing are left out.
  public static func encode(_ catalog: Catalog) -> JSONValue {
    .object([
      ("metrics", .array(catalog.metrics.values.sorted { $0.name < $1.name }.map(encode))),
      ("plans", .array(catalog.plans.map(encode))),
      ("chargeKinds", .array(catalog.chargeKinds.map { encode($0, atOnce: catalog.kindsBilledAtOnce.contains($0)) })),
    ])
  }

  private static func encode(_ kind: ChargeKind, atOnce: Bool) -> JSONValue {
    atOnce ? .object([("kind", .string(kind.text)), ("billed", .string("at_once"))]) : .string(kind.text)
  }

  private static func encode(_ metric: Metric) -> JSONValue {
    var fields: [(key: String, value: JSONValue)] = [
      ("name", .string(metric.name.text)),
      ("unit", .string(metric.unit)),
      ("source", .string(metric.source.rawValue)),
      ("aggregation", .string(metric.aggregation.rawValue)),
    ]
    if let minimum = metric.minimumPerEvent { fields.append(("minimumPerEvent", number(minimum))) }
    return .object(fields)
  }

  private static func encode(_ plan: Plan) -> JSONValue {
    .object([
      ("id", .string(plan.id.text)),
      ("baseFee", .string(plan.baseFee.description)),
      ("currency", .string(plan.currency.code)),
      ("default", .bool(plan.isDefault)),
      ("rates", .array(plan.rates.map(encode))),
    ])
  }

  private static func encode(_ rate: Rate) -> JSONValue {
    var fields: [(key: String, value: JSONValue)] = [("metric", .string(rate.metric.text))]
    if let effectiveFrom = rate.effectiveFrom {
      fields.append(("effectiveFrom", .string(effectiveFrom.description)))
    }
    fields.append(("model", .string(rate.model.kind.rawValue)))
    if let unitPrice = rate.model.unitPrice { fields.append(("unitPrice", .string(unitPrice.description))) }
    if let tiers = rate.model.tiers { fields.append(("tiers", .array(tiers.map(encode)))) }
    fields += [("unitSize", number(rate.unitSize)), ("included", number(rate.included))]
    if let threshold = rate.threshold { fields.append(("threshold", number(threshold))) }
    if rate.threshold != nil || rate.levels != Rate.defaultLevels {
      fields.append(("levels", .array(rate.levels.map(number))))
    }
    fields += [("billing", .string(rate.billing.rawValue)), ("itemize", .bool(rate.itemize))]
    return .object(fields)
  }

  private static func encode(_ tier: PriceTier) -> JSONValue {
    var fields: [(key: String, value: JSONValue)] = []
    if let upTo = tier.upTo { fields.append(("upTo", number(upTo))) }
    fields.append(("unitPrice", .string(tier.unitPrice.description)))
    if tier.flatFee != .zero { fields.append(("flatFee", .string(tier.flatFee.description))) }
    return .object(fields)
  }

  private static func number(_ quantity: Quantity) -> JSONValue { .number(quantity.description) }
}
