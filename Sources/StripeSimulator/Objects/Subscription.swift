/// `subscription`: a customer, the prices it pays, and the cycle in which it pays them.
struct Subscription: StripeObject {
  static let name = "subscription"
  static let url = "/v1/subscriptions"

  enum Status: String, Sendable { case active, canceled }

  let id: String
  let created: Int
  let isLive: Bool
  let customer: String
  /// The creation, or the date that the start was set back to.
  let startDate: Int
  let currency: String
  let cycle: BillingCycle
  let anchorConfig: AnchorConfig?
  var status = Status.active
  var period: TimeSpan
  var items: [SubscriptionItem] = []
  /// Usage under prices that items no longer have, owed on the next invoice.
  var formerSpans: [MeteredSpan] = []
  var collectionMethod: CollectionMethod
  var description: String?
  var metadata = Metadata()
  var cancelAtPeriodEnd = false
  var canceledAt: Int?
  var endedAt: Int?
  var latestInvoice: String?

  var isActive: Bool { status == .active }
}
