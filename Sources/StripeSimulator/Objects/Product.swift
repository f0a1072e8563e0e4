import JSON

/// `product`: what prices belong to.
struct Product: StripeObject {
  static let name = "product"
  static let url = "/v1/products"

  let id: String
  let created: Int
  let isLive: Bool
  let type: String
  var updated: Int
  var displayName: String
  var active = true
  var description: String?
  var unitLabel: String?
  var statementDescriptor: String?
  var taxCode: String?
  var website: String?
  var images: [String] = []
  var isShippable: Bool?
  var defaultPrice: String?
  var metadata = Metadata()

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.field("active", active)
    json.field("created", created)
    json.field("default_price", optional: defaultPrice)
    json.field("description", optional: description)
    json.key("images")
    json.array { for image in images { $0.string(image) } }
    json.field("livemode", isLive)
    json.emptyArrays("marketing_features")
    metadata.write(to: &json)
    json.field("name", displayName)
    json.nulls("package_dimensions")
    json.key("shippable")
    if let isShippable { json.bool(isShippable) } else { json.null() }
    json.field("statement_descriptor", optional: statementDescriptor)
    json.field("tax_code", optional: taxCode)
    json.field("type", type)
    json.field("unit_label", optional: unitLabel)
    json.field("updated", updated)
    json.field("url", optional: website)
  }
}
