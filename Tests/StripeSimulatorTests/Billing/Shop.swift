import HTTP
import Testing

@testable import StripeSimulator

/// A simulator whose clock stands still, with a customer, and the requests that billing takes.
final class Shop {
  let stripe: SimulatorClient
  let customer: String

  /// - Parameter now: seconds since 1970.
  init(at now: Int, _ settings: SimulatorSettings = SimulatorSettings()) throws {
    stripe = try SimulatorClient(settings)
    stripe.simulator.front.withWorld { $0.clock.set(Int64(now) * 1_000_000, isStanding: true) }
    customer = try stripe.id("/v1/customers", "name=Acme")
  }

  /// Moves the clock. What that makes due is done by the next request, as it is for everybody.
  func go(to time: Int) {
    stripe.simulator.front.withWorld { $0.clock.set(Int64(time) * 1_000_000, isStanding: true) }
  }

  func get(_ path: String) throws -> SimulatorClient.Answer { try stripe.get("/v1/\(path)") }

  func post(_ path: String, _ form: String = "") throws -> SimulatorClient.Answer {
    try stripe.post("/v1/\(path)", form)
  }

  func delete(_ path: String, _ form: String = "") throws -> SimulatorClient.Answer {
    try stripe.request(.delete, "/v1/\(path)", body: form)
  }

  /// - Returns: the id of a meter that sums up.
  func meter(_ event: String) throws -> String {
    try stripe.id(
      "/v1/billing/meters", "display_name=\(event)&event_name=\(event)&default_aggregation[formula]=sum")
  }

  /// - Parameter form: the price's own parameters.
  func price(_ name: String, _ form: String) throws -> String {
    try stripe.id("/v1/prices", "currency=usd&product_data[name]=\(name)&\(form)")
  }

  func licensedPrice(_ name: String, _ unitAmount: Int) throws -> String {
    try price(name, "unit_amount=\(unitAmount)&recurring[interval]=month")
  }

  /// - Parameter form: the price's amounts.
  func meteredPrice(_ event: String, _ form: String) throws -> String {
    let meter = try meter(event)
    return try price(event, "\(form)&recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]=\(meter)")
  }

  /// - Returns: the subscription.
  func subscribe(_ prices: [String], _ form: String = "") throws -> SimulatorClient.Answer {
    let items = prices.enumerated().map { "items[\($0)][price]=\($1)" }.joined(separator: "&")
    let answer = try post("subscriptions", "customer=\(customer)&\(items)" + (form.isEmpty ? "" : "&" + form))
    try #require(answer.status == 200, "\(answer.json)")
    return answer
  }

  func use(_ event: String, _ value: String, at time: Int) throws {
    let answer = try post(
      "billing/meter_events",
      "event_name=\(event)&payload[stripe_customer_id]=\(customer)&payload[value]=\(value)&timestamp=\(time)")
    try #require(answer.status == 200, "\(answer.json)")
  }

  /// An invoice item of so many minor units.
  func item(_ amount: Int, _ form: String = "") throws -> SimulatorClient.Answer {
    try post("invoiceitems", "customer=\(customer)&amount=\(amount)&currency=usd" + (form.isEmpty ? "" : "&" + form))
  }

  /// One field of all the customer's invoices, the oldest first.
  func invoices(_ field: String, _ filter: String = "") throws -> [String] {
    try get("invoices?limit=100&customer=\(customer)\(filter)").list(field).reversed()
  }
}

extension SimulatorClient {
  /// The id of what a request made.
  func id(_ path: String, _ form: String) throws -> String {
    let answer = try post(path, form)
    return try #require(answer["id"], "\(answer.json)")
  }
}

extension SimulatorClient.Answer {
  /// How many elements the array at a path has.
  func count(_ path: String) -> Int {
    (0...).first { self["\(path).\($0).id"] == nil } ?? 0
  }

  /// One field of each line within an invoice.
  func lines(_ field: String) -> [String] {
    (0..<count("lines.data")).compactMap { self["lines.data.\($0).\(field)"] }
  }
}
