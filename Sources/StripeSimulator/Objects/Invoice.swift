/// `invoice`.
///
/// A draft's lines are made anew from its parts and the usage known by then whenever it is looked at. From its
/// finalisation on they stay as they are, and so does what was never on it.
struct Invoice: StripeObject {
  static let name = "invoice"
  static let url = "/v1/invoices"

  enum Status: String, Sendable, CaseIterable { case draft, open, paid, uncollectible, void }

  enum BillingReason: String, Sendable {
    case manual
    case subscriptionCreate = "subscription_create"
    case subscriptionCycle = "subscription_cycle"
    case subscriptionUpdate = "subscription_update"
    case upcoming
  }

  /// No invoice has more items than this.
  static let largestItemCount = 250

  let id: String
  let created: Int
  let isLive: Bool
  let customer: String
  let currency: String
  let reason: BillingReason
  let subscription: String?
  let subscriptionMetadata: Metadata
  let period: TimeSpan
  var status = Status.draft
  var collectionMethod: CollectionMethod
  var description: String?
  var footer: String?
  var metadata = Metadata()
  var autoAdvance: Bool
  /// When a draft becomes final by itself; `nil` when it does not.
  var finalizesAt: Int?
  /// Of invoices that the customer pays.
  var dueDate: Int?
  var number: String?

  /// Items that waited when it was made, the oldest first.
  var pendingItems: [String] = []
  var licensedLines: [InvoiceLine] = []
  var meteredSpans: [MeteredSpan] = []
  /// Items that were put on it later.
  var addedItems: [String] = []
  /// What comes of these; see above.
  var lines: [InvoiceLine] = []

  /// What the customer owed (or, below zero, was owed) from invoices before.
  var startingBalance = 0
  var endingBalance: Int?
  var amountPaid = 0
  var isPaidOutOfBand = false
  var attemptCount = 0
  var finalizedAt: Int?
  var paidAt: Int?
  var voidedAt: Int?
  var markedUncollectibleAt: Int?

  var isDraft: Bool { status == .draft }

  var itemCount: Int { pendingItems.count + licensedLines.count + meteredSpans.count + addedItems.count }

  var total: Int { lines.reduce(0) { $0 + $1.amount } }

  /// Never below zero: what remains then is the customer's, for invoices to come.
  var amountDue: Int { max(total + startingBalance, 0) }

  var amountRemaining: Int { max(amountDue - amountPaid, 0) }
}
