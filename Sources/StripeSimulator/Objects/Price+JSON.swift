import JSON

extension Price {
  func writeMembers(to json: inout JSONWriter) { write(to: &json, withTiers: false) }

  /// - Parameter withTiers: Stripe shows tiers only to those who expand them.
  func write(to json: inout JSONWriter, withTiers: Bool) {
    json.field("id", id)
    json.field("object", Self.name)
    json.field("active", active)
    json.field("billing_scheme", scheme.name)
    json.field("created", created)
    json.field("currency", currency)
    json.nulls("custom_unit_amount")
    json.field("livemode", isLive)
    json.field("lookup_key", optional: lookupKey)
    metadata.write(to: &json)
    json.field("nickname", optional: nickname)
    json.field("product", product)
    json.key("recurring")
    if let recurring { json.object { recurring.write(to: &$0) } } else { json.null() }
    json.field("tax_behavior", taxBehavior)
    scheme.write(to: &json, withTiers: withTiers)
    json.field("type", recurring == nil ? "one_time" : "recurring")
  }
}

extension Price.Recurring {
  fileprivate func write(to json: inout JSONWriter) {
    json.field("interval", interval.rawValue)
    json.field("interval_count", intervalCount)
    switch usage {
    case .licensed: json.nulls("meter")
    case .metered(let meter): json.field("meter", meter)
    }
    json.nulls("trial_period_days")
    json.field("usage_type", usage == .licensed ? "licensed" : "metered")
  }
}

extension PriceScheme {
  fileprivate var name: String {
    guard case .tiered = self else { return "per_unit" }
    return "tiered"
  }

  fileprivate func write(to json: inout JSONWriter, withTiers: Bool) {
    switch self {
    case .perUnit(let unitAmount, let transform):
      json.nulls("tiers_mode")
      json.key("transform_quantity")
      if let transform { json.object { transform.write(to: &$0) } } else { json.null() }
      json.amount("unit_amount", unitAmount)
    case .tiered(let mode, let tiers):
      if withTiers {
        json.key("tiers")
        json.array { json in
          for tier in tiers { json.object { tier.write(to: &$0) } }
        }
      }
      json.field("tiers_mode", mode.rawValue)
      json.nulls("transform_quantity")
      json.amount("unit_amount", nil)
    }
  }
}

extension QuantityTransform {
  fileprivate func write(to json: inout JSONWriter) {
    json.field("divide_by", divideBy)
    json.field("round", rounding.rawValue)
  }
}

extension PriceTier {
  fileprivate func write(to json: inout JSONWriter) {
    json.amount("flat_amount", flatAmount)
    json.amount("unit_amount", unitAmount)
    json.field("up_to", optional: upTo)
  }
}

extension JSONWriter {
  /// As a whole number, which is `null` where it has decimals, and as a decimal.
  fileprivate mutating func amount(_ name: String, _ amount: Decimal?) {
    field(name, optional: amount?.whole)
    field(name + "_decimal", optional: amount?.description)
  }
}
