import JSON
import YearReference

extension Catalog {
  /// The document that `catalog apply` takes.
  var document: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("metrics")
      json.array { json in for metric in metrics { metric.write(to: &json) } }
      json.key("plans")
      json.array { json in
        for (index, plan) in plans.enumerated() { plan.write(to: &json, isDefault: index == 0) }
      }
      json.key("chargeKinds")
      json.array { json in for kind in chargeKinds { kind.write(to: &json) } }
    }
    return json.bytes
  }
}

extension Catalog.Metric {
  fileprivate func write(to json: inout JSONWriter) {
    json.object {
      $0.field("name", name)
      $0.field("unit", "one")
      $0.field("source", isInternal ? "internal" : "message")
      $0.field("aggregation", aggregation.rawValue)
      if let minimum { $0.field("minimumPerEvent", minimum) }
    }
  }
}

extension Catalog.ChargeKind {
  fileprivate func write(to json: inout JSONWriter) {
    guard isBilledAtOnce else {
      json.string(name)
      return
    }
    json.object {
      $0.field("kind", name)
      $0.field("billed", "at_once")
    }
  }
}

extension Catalog.Plan {
  fileprivate func write(to json: inout JSONWriter, isDefault: Bool) {
    json.object { json in
      json.field("id", id)
      json.field("baseFee", baseFee)
      json.field("currency", currency)
      json.field("default", isDefault)
      json.key("rates")
      json.array { json in for rate in rates { rate.write(to: &json) } }
    }
  }
}

extension Catalog.Rate {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("metric", metric)
      if let from { json.field("effectiveFrom", "\(from)") }
      switch model {
      case .perUnit(let price):
        json.field("model", "per_unit")
        json.field("unitPrice", price)
      case .package(let price):
        json.field("model", "package")
        json.field("unitPrice", price)
      case .graduated(let tiers):
        json.field("model", "graduated")
        Self.write(tiers, to: &json)
      case .volume(let tiers):
        json.field("model", "volume")
        Self.write(tiers, to: &json)
      }
      json.field("unitSize", unitSize)
      json.field("included", included)
      json.field("billing", billing.rawValue)
      json.field("itemize", isItemized)
    }
  }

  private static func write(_ tiers: [Catalog.Tier], to json: inout JSONWriter) {
    json.key("tiers")
    json.array { json in
      for tier in tiers {
        json.object {
          if let upTo = tier.upTo { $0.field("upTo", upTo) }
          $0.field("unitPrice", tier.price)
          $0.field("flatFee", tier.flat)
        }
      }
    }
  }
}
