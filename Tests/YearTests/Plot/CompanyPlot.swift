import YearReference

/// One company's part in the year: who it is, and what will become of it.
struct CompanyPlot {
  enum Stripe: Equatable {
    case off, shadow
    /// One that Stripe has a subscription of, from a day on.
    case subscribed
    case unsubscribed
  }

  let id: String
  let anchor: Int
  let plan: String
  let stripe: Stripe
  /// When it is registered.
  let registered: Moment
  /// From then on it is used; before `registered` for those that nobody knew.
  let opened: Moment
  /// Until then.
  let ends: Moment
  var metrics: [String] = []
  var hasOrders = false
  var hasPatients = false

  /// The earliest moment whose usage lies in a period that is there from the beginning.
  var earliest: Moment {
    opened < registered ? opened : registered.day.latest(anchor: anchor).start
  }
}
