/// What Stripe has of an invoice of ours.
public enum InvoiceReference: Hashable, Sendable {
  /// The draft that we made, which stays one until we finalize it.
  case made(RemoteID)
  /// A subscription's draft: Stripe made it, and finalizes it when it likes.
  case adopted(RemoteID)
  /// No draft: it became final before lines could be attached, or was never there. They go to the customer's next invoice.
  case nextInvoice

  /// Stripe's name of it, where there is one.
  public var id: RemoteID? {
    switch self {
    case .made(let id), .adopted(let id): id
    case .nextInvoice: nil
    }
  }

  var isAdopted: Bool {
    if case .made = self { return false }
    return true
  }

  /// As it is kept. No name of Stripe's is this word: each begins with a prefix.
  static let none = "none"

  /// `nil` when the text is no name that Stripe gives.
  init?(_ text: String, isAdopted: Bool) {
    if text == Self.none {
      self = .nextInvoice
    } else if let id = RemoteID(text) {
      self = isAdopted ? .adopted(id) : .made(id)
    } else {
      return nil
    }
  }
}
