import JSON

/// `customer`: who is billed.
struct Customer: StripeObject {
  static let name = "customer"
  static let url = "/v1/customers"

  let id: String
  let created: Int
  let isLive: Bool
  var description: String?
  var email: String?
  var displayName: String?
  var phone: String?
  /// Far from where sums would no longer fit an `Int`.
  static let largestBalance = 1_000_000_000_000_000

  /// In the smallest unit of the currency.
  var balance = 0
  /// Set by the first item, invoice or subscription.
  var currency: String?
  var metadata = Metadata()

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.key("address")
    json.null()
    json.field("balance", balance)
    json.field("created", created)
    json.field("currency", optional: currency)
    json.key("default_source")
    json.null()
    json.field("delinquent", false)
    json.field("description", optional: description)
    json.field("email", optional: email)
    json.field("livemode", isLive)
    metadata.write(to: &json)
    json.field("name", optional: displayName)
    json.field("phone", optional: phone)
    json.key("preferred_locales")
    json.array { _ in }
    json.key("shipping")
    json.null()
    json.field("tax_exempt", "none")
  }
}
