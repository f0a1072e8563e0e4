import Billing
import JSON

/// Reads a catalog document into a draft and names what it cannot read.
///
/// A field that cannot be read gets a value that breaks no rule, so that each mistake is named once and the rules can
/// still be checked on the rest.
struct CatalogReader {
  var fields = FieldReader()

  var mistakes: [CatalogMistake] { fields.mistakes }

  mutating func draft(_ document: JSONValue) -> CatalogDraft {
    let known = ["$schema", "metrics", "plans", "chargeKinds"]
    guard let top = fields.object(document, at: "", known: known) else {
      return CatalogDraft(metrics: [nil], plans: [nil])
    }
    let metrics = fields.array(top, "metrics").map { metric($0.value, at: $0.path) }
    let plans = fields.array(top, "plans").map { plan($0.value, at: $0.path) }
    var atOnce: Set<ChargeKind> = []
    let chargeKinds = fields.array(top, "chargeKinds").map { chargeKind($0.value, at: $0.path, &atOnce) }
    // A list that is not there is named already; that it lacks a default plan then says nothing more.
    return CatalogDraft(
      metrics: top.has("metrics") ? metrics : [nil], plans: top.has("plans") ? plans : [nil],
      chargeKinds: chargeKinds, kindsBilledAtOnce: atOnce)
  }

  /// A name alone, or an object that also says when charges of the kind are billed.
  private mutating func chargeKind(_ value: JSONValue, at path: String, _ atOnce: inout Set<ChargeKind>) -> ChargeKind?
  {
    guard case .object = value else {
      let kind = fields.text(value, at: path).map { ChargeKind($0) }
      if kind == .some(nil) { fields.mistake(path, Rules.name) }
      return kind ?? nil
    }
    guard let object = fields.object(value, at: path, known: ["kind", "billed"]) else { return nil }
    let kind = fields.required(object, "kind", Rules.name) { ChargeKind($0) }
    let billed = fields.optionalChoice(object, "billed", ChargeBillingTime.self)
    if let kind, billed == .atOnce { atOnce.insert(kind) }
    return kind
  }

  private enum ChargeBillingTime: String, CaseIterable {
    case atOnce = "at_once"
    case withPeriod = "with_period"
  }

  private mutating func metric(_ value: JSONValue, at path: String) -> Metric? {
    let known = ["name", "unit", "source", "aggregation", "minimumPerEvent"]
    guard let object = fields.object(value, at: path, known: known) else { return nil }
    let name = fields.required(object, "name", Rules.name) { MetricName($0) }
    let unit = fields.required(object, "unit", "a text") { $0 }
    let source = fields.choice(object, "source", Metric.Source.self)
    let aggregation = fields.choice(object, "aggregation", Aggregation.self)
    let minimum = fields.optionalDecimal(object, "minimumPerEvent", Rules.quantity) { try? Quantity.parse($0) }
    guard let name else { return nil }
    return Metric(
      name: name, unit: unit ?? "unit", source: source ?? .internal, aggregation: aggregation ?? .sum,
      minimumPerEvent: minimum)
  }

  private mutating func plan(_ value: JSONValue, at path: String) -> CatalogDraft.DraftPlan? {
    let known = ["id", "baseFee", "currency", "default", "rates"]
    guard let object = fields.object(value, at: path, known: known) else { return nil }
    let id = fields.required(object, "id", Rules.planID) { PlanID($0) }
    let currency = fields.required(object, "currency", "a currency of ISO 4217") { Currency($0) }
    // Without the currency nobody can say how many decimals a fee may have.
    let baseFee: Amount? = currency.flatMap { currency in
      fields.requiredDecimal(object, "baseFee", "an amount, 0 or more, with the currency's decimals") {
        try? Amount.parse($0, currency: currency)
      }
    }
    let rates = fields.array(object, "rates").map { rate($0.value, at: $0.path) }
    return CatalogDraft.DraftPlan(
      id: id, baseFee: baseFee, rates: rates, isDefault: fields.flag(object, "default"))
  }

  private mutating func rate(_ value: JSONValue, at path: String) -> Rate? {
    let known = [
      "metric", "effectiveFrom", "model", "unitPrice", "tiers", "unitSize", "included", "threshold", "levels",
      "billing", "itemize",
    ]
    guard let object = fields.object(value, at: path, known: known) else { return nil }
    let metric = fields.required(object, "metric", Rules.name) { MetricName($0) }
    let effectiveFrom = fields.optional(object, "effectiveFrom", "a day, YYYY-MM-DD") { CivilDate($0) }
    let model = model(object)
    let unitSize = fields.optionalDecimal(object, "unitSize", Rules.quantity) { try? Quantity.parse($0) }
    let included = fields.optionalDecimal(object, "included", Rules.quantity) { try? Quantity.parse($0) }
    let threshold = fields.optionalDecimal(object, "threshold", Rules.quantity) { try? Quantity.parse($0) }
    let levels = levels(object)
    let billing = fields.choice(object, "billing", BillingRoute.self)
    let itemize = fields.flag(object, "itemize")
    guard let metric else { return nil }
    return Rate(
      metric: metric, effectiveFrom: effectiveFrom, model: model, unitSize: unitSize ?? Quantity(1),
      included: included ?? .zero, threshold: threshold, levels: levels, billing: billing ?? .unbilled,
      itemize: itemize)
  }

  private mutating func levels(_ object: FieldReader.Object) -> [Quantity] {
    guard object.has("levels") else { return Rate.defaultLevels }
    return fields.array(object, "levels").compactMap { element in
      fields.decimal(element.value, at: element.path, Rules.quantity) { try? Quantity.parse($0) }
    }
  }

  enum Rules {
    static let name = "1 to 64 characters of a-z, 0-9 and _, beginning with a letter"
    static let planID = "1 to 64 characters of A-Z, a-z, 0-9, . _ and -"
    static let price = "a decimal, 0 or more"
    static let quantity = "a quantity, 0 or more, below 10^15, at most 9 decimals"
  }
}
