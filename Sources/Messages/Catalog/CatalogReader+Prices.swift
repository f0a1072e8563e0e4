import Billing
import JSON

extension CatalogReader {
  /// A rate's model with its prices. What cannot be read is named, and becomes a price of 0, which breaks no rule.
  mutating func model(_ object: FieldReader.Object) -> PriceModel {
    let kind = fields.optionalChoice(object, "model", PriceModel.Kind.self)
    // A model that cannot be read says nothing about which prices belong to it.
    if kind == nil, object.has("model") { return .perUnit(.zero) }
    switch kind ?? .perUnit {
    case .perUnit: return .perUnit(unitPrice(object))
    case .package: return .package(unitPrice(object))
    case .graduated: return .graduated(tiers(object))
    case .volume: return .volume(tiers(object))
    }
  }

  private mutating func unitPrice(_ object: FieldReader.Object) -> Price {
    if object.has("tiers") {
      fields.mistake(object.path(of: "tiers"), "only for the models graduated and volume")
    }
    return fields.requiredDecimal(object, "unitPrice", Rules.price) { try? Price.parse($0) } ?? .zero
  }

  private mutating func tiers(_ object: FieldReader.Object) -> [PriceTier] {
    if object.has("unitPrice") {
      fields.mistake(object.path(of: "unitPrice"), "none where there are tiers: each has its own")
    }
    let before = fields.mistakes.count
    let tiers = fields.array(object, "tiers").map { tier($0.value, at: $0.path) }
    // A tier that cannot be read must not make its neighbours break rules.
    return fields.mistakes.count == before ? tiers : [PriceTier(upTo: nil, unitPrice: .zero)]
  }

  private mutating func tier(_ value: JSONValue, at path: String) -> PriceTier {
    guard let object = fields.object(value, at: path, known: ["upTo", "unitPrice", "flatFee"]) else {
      return PriceTier(upTo: nil, unitPrice: .zero)
    }
    return PriceTier(
      upTo: fields.optionalDecimal(object, "upTo", Rules.quantity) { try? Quantity.parse($0) },
      unitPrice: fields.requiredDecimal(object, "unitPrice", Rules.price) { try? Price.parse($0) } ?? .zero,
      flatFee: fields.optionalDecimal(object, "flatFee", Rules.price) { try? Price.parse($0) } ?? .zero)
  }
}
