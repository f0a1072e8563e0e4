import Billing
import Outbox

/// What `stripe setup` and `stripe subscribe` make. Their idempotency keys are made of what is asked for, so that two of
/// them at a time make it once; and of what it comes in place of (`former`: archived, ended), so that Stripe does not
/// answer with that again for as long as it keeps keys.
extension StripeRequest {
  private init(
    making path: StripeText, _ parameters: StripeParameters, former: [RemoteID] = [], endpoint: StripeEndpoint
  ) {
    let former = former.map(\.text).sorted().joined(separator: ",")
    let digest = ContentDigest("\(path.text)?\(parameters.body)#\(former)")
    self.init(post: path, .parameters(parameters), key: "usage-billing-\(digest)", endpoint: endpoint)
  }

  /// A meter adds up whatever our aggregation is: reports are differences of our totals.
  static func makeMeter(_ metric: MetricName, former: [RemoteID] = []) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("display_name", metric)
    parameters.add("event_name", metric)
    parameters.add("default_aggregation[formula]", "sum" as StripeText)
    parameters.add("customer_mapping[event_payload_key]", "stripe_customer_id" as StripeText)
    parameters.add("customer_mapping[type]", "by_id" as StripeText)
    parameters.add("value_settings[event_payload_key]", "value" as StripeText)
    return StripeRequest(making: "/v1/billing/meters", parameters, former: former, endpoint: .meters)
  }

  static func makeProduct(_ product: StripeProduct, former: [RemoteID] = []) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("name", product.name)
    parameters.add("metadata[usage_billing]", product.key)
    return StripeRequest(making: "/v1/products", parameters, former: former, endpoint: .products)
  }

  /// - Parameter meter: of a metered price.
  static func makePrice(
    _ price: StripePrice, product: RemoteID, meter: RemoteID?, former: [RemoteID] = []
  ) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("currency", price.currency)
    parameters.add("product", product)
    parameters.add("lookup_key", price.lookupKey)
    // Taken from an archived price, or from one of a meter that was replaced.
    parameters.add("transfer_lookup_key", true)
    switch price.terms {
    case .licensed(let amount): parameters.add("unit_amount", amount)
    case .metered(_, let shape): shape.add(to: &parameters)
    }
    parameters.add("recurring[interval]", "month" as StripeText)
    if let meter {
      parameters.add("recurring[usage_type]", "metered" as StripeText)
      parameters.add("recurring[meter]", meter)
    }
    parameters.add("metadata[usage_billing]", price.product.key)
    return StripeRequest(making: "/v1/prices", parameters, former: former, endpoint: .prices)
  }

  /// A subscription that has begun with our period, and ends its periods with ours. Nothing is prorated: Stripe charges
  /// whole periods from the next one on, and all usage of this one.
  static func makeSubscription(
    _ plan: SubscriptionPlan, customer: RemoteID, prices: [RemoteID], former: [RemoteID] = []
  ) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("customer", customer)
    for (index, price) in prices.enumerated() { parameters.add("items[\(index)][price]", price) }
    parameters.add("backdate_start_date", plan.period.start.start.wholeSeconds)
    parameters.add("billing_cycle_anchor_config[day_of_month]", plan.anchorDay.day)
    parameters.add("billing_cycle_anchor_config[hour]", 0)
    parameters.add("billing_cycle_anchor_config[minute]", 0)
    parameters.add("billing_cycle_anchor_config[second]", 0)
    parameters.add("proration_behavior", "none" as StripeText)
    parameters.add("metadata[company_id]", plan.company)
    return StripeRequest(making: "/v1/subscriptions", parameters, former: former, endpoint: .subscriptions)
  }

  /// Adds items, gives others their new price, and takes others away.
  static func changeSubscription(_ subscription: RemoteID, _ changes: [SubscriptionPlan.ItemChange]) -> StripeRequest {
    var parameters = StripeParameters()
    for (index, change) in changes.enumerated() {
      if let item = change.item { parameters.add("items[\(index)][id]", item) }
      if let price = change.price {
        parameters.add("items[\(index)][price]", price)
      } else {
        parameters.add("items[\(index)][deleted]", true)
      }
    }
    parameters.add("proration_behavior", "none" as StripeText)
    return StripeRequest(making: "/v1/subscriptions/\(subscription)", parameters, endpoint: .subscriptions)
  }
}

extension StripePriceShape {
  fileprivate func add(to parameters: inout StripeParameters) {
    switch self {
    case .perUnit(let amount):
      parameters.add("billing_scheme", "per_unit" as StripeText)
      parameters.add("unit_amount_decimal", amount)
    case .package(let amount, let size):
      parameters.add("billing_scheme", "per_unit" as StripeText)
      parameters.add("unit_amount_decimal", amount)
      parameters.add("transform_quantity[divide_by]", size)
      parameters.add("transform_quantity[round]", "up" as StripeText)
    case .tiered(let mode, let tiers):
      parameters.add("billing_scheme", "tiered" as StripeText)
      parameters.add("tiers_mode", mode == .graduated ? "graduated" : "volume" as StripeText)
      for (index, tier) in tiers.enumerated() {
        parameters.add("tiers[\(index)][up_to]", tier.upTo.map { StripeText($0) } ?? "inf")
        parameters.add("tiers[\(index)][unit_amount_decimal]", tier.unitAmount)
        if let fee = tier.flatAmount { parameters.add("tiers[\(index)][flat_amount]", fee) }
      }
    }
  }
}
