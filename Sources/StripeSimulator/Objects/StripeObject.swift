import JSON

/// Something that Stripe keeps under an id.
protocol StripeObject: Sendable {
  /// The `object` field.
  static var name: String { get }
  /// Where lists of it are.
  static var url: String { get }

  var id: String { get }
  /// Seconds since 1970.
  var created: Int { get }

  /// Every field, `id` and `object` among them.
  func writeMembers(to json: inout JSONWriter)
}
