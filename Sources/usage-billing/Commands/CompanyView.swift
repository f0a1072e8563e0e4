import Billing
import JSON
import Ledger

/// A company for people and programs.
struct CompanyView: Presentable {
  let company: CompanyRecord

  var text: String {
    var table = Table([.text("Company"), .text(company.id.text)])
    table.add(["name", company.displayName])
    table.add([
      "registered", company.registeredAt?.description ?? "no: usage is counted, nothing is announced or billed",
    ])
    table.add(["plan", company.plan?.text])
    table.add(["currency", company.currency])
    table.add(["anchor day", String(company.anchorDay)])
    table.add(["status", company.status])
    table.add(["joined", company.membership.joined?.description])
    table.add(["left", company.membership.left?.description])
    table.add(["Stripe customer", company.stripeCustomer])
    table.add(["Stripe subscription", company.stripeSubscription])
    table.add(["subscription bills from", company.stripeSubscriptionStart?.description])
    table.add(["Stripe mode", company.stripeMode])
    table.add(["reported to Stripe since", company.stripeSince?.description])
    table.add(["first seen", company.createdAt.description])
    return table.text + rates + periods
  }

  private var rates: String {
    guard !company.rates.isEmpty else { return "" }
    var table = Table([
      .text("Own rate"), .text("From"), .number("Price"), .number("Included"), .number("Threshold"), .text("Levels"),
    ])
    for rate in company.rates {
      table.add([
        rate.metric.text, Self.start(of: rate), rate.unitPrice?.description, rate.included?.description,
        rate.threshold?.description, rate.levels?.map(\.description).joined(separator: "/"),
      ])
    }
    return "\n" + table.text
  }

  private var periods: String {
    var table = Table([.text("Period"), .text("Until"), .text("Plan"), .text("Currency"), .text("Closed")])
    for period in company.periods {
      table.add([
        period.bounds.start.description, period.bounds.end.description, period.plan?.text, period.currency,
        period.closedAt?.description,
      ])
    }
    return "\n" + table.text
  }

  /// `nil` for a version that holds since ever, whichever way that is stored.
  private static func start(of rate: RateOverride) -> String? {
    rate.effectiveFrom.flatMap { $0.components.year <= 1 ? nil : $0.description }
  }

  func encode(into json: inout JSONWriter) {
    json.object { encodeFields(into: &$0) }
  }

  func encodeFields(into json: inout JSONWriter) {
    json.field("companyId", company.id.text)
    json.field("name", optional: company.displayName)
    json.field("registered", company.registeredAt != nil)
    json.field("registeredAt", optional: company.registeredAt?.description)
    json.field("plan", optional: company.plan?.text)
    json.field("currency", optional: company.currency)
    json.field("anchorDay", company.anchorDay)
    json.field("status", company.status)
    json.field("joined", optional: company.membership.joined?.description)
    json.field("left", optional: company.membership.left?.description)
    json.field("stripeCustomer", optional: company.stripeCustomer)
    json.field("stripeSubscription", optional: company.stripeSubscription)
    json.field("stripeSubscriptionStart", optional: company.stripeSubscriptionStart?.description)
    json.field("stripeMode", company.stripeMode)
    json.field("stripeSince", optional: company.stripeSince?.description)
    json.field("createdAt", company.createdAt.description)
    json.key("rates")
    json.array { for rate in company.rates { Self.encode(rate, into: &$0) } }
    json.key("periods")
    json.array { for period in company.periods { Self.encode(period, into: &$0) } }
  }

  private static func encode(_ rate: RateOverride, into json: inout JSONWriter) {
    json.object {
      $0.field("metric", rate.metric.text)
      $0.field("effectiveFrom", optional: start(of: rate))
      $0.field("unitPrice", optional: rate.unitPrice?.description)
      $0.field("included", optional: rate.included?.description)
      $0.field("threshold", optional: rate.threshold?.description)
      $0.key("levels")
      guard let levels = rate.levels else { return $0.null() }
      $0.array { for level in levels { $0.string(level.description) } }
    }
  }

  private static func encode(_ period: CompanyRecord.Period, into json: inout JSONWriter) {
    json.object {
      $0.field("periodStart", period.bounds.start.description)
      $0.field("periodEnd", period.bounds.end.description)
      $0.field("plan", optional: period.plan?.text)
      $0.field("currency", optional: period.currency)
      $0.field("closedAt", optional: period.closedAt?.description)
    }
  }
}
