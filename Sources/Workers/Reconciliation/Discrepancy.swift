import Billing
import Outbox
import Stripe

/// Where our books and Stripe's do not say the same.
public enum Discrepancy: Hashable, Sendable {
  /// A meter counts another quantity.
  case meter(MeterBalance)
  /// We delivered an invoice item that Stripe does not list.
  case itemMissing(CompanyID, EntryID, InvoiceItem)
  /// Stripe lists an invoice item under an id of ours that our outbox does not know.
  case itemUnknown(CompanyID, ListedInvoiceItem, EntryID)
  /// One entry, several items.
  case itemTwice(CompanyID, EntryID, [RemoteID])
  /// The same item with another amount or currency.
  case itemAmount(CompanyID, EntryID, InvoiceItem, ListedInvoiceItem)
  /// Stripe does not have an invoice that it has to have.
  case invoiceMissing(CompanyID, BookedInvoice)
  /// It comes to something else there.
  case invoiceTotal(CompanyID, BookedInvoice, ListedInvoice)
  /// One of its lines stands on another invoice there, or on none.
  case lineElsewhere(CompanyID, BookedInvoice, EntryID, ListedInvoiceItem)
  /// Stripe does not answer the questions for this company: its customer is gone, say.
  case unreadable(CompanyID, StripeRefusal)

  public var company: CompanyID {
    switch self {
    case .meter(let balance): balance.company
    case .itemMissing(let company, _, _), .itemUnknown(let company, _, _), .itemTwice(let company, _, _),
      .itemAmount(let company, _, _, _), .invoiceMissing(let company, _), .invoiceTotal(let company, _, _),
      .lineElsewhere(let company, _, _, _), .unreadable(let company, _):
      company
    }
  }
}

/// A question that Stripe did not answer.
public struct StripeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let endpoint: StripeEndpoint
  public let problem: Problem
  public let status: Int?
  public let requestID: RemoteID?

  public var description: String {
    "Stripe, asked for \(endpoint.rawValue), did not tell: \(problem)" + (status.map { ", HTTP status \($0)" } ?? "")
      + (requestID.map { ", request \($0)" } ?? "")
  }

  /// No question of anybody's would be answered: the key, or something between us and Stripe, is at fault.
  public var concernsAll: Bool { status == nil || status == 401 || status == 403 }
}
