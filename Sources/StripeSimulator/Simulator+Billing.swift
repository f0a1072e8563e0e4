extension Simulator.Effects {
  /// An invoice item as it is now.
  public struct InvoiceItem: Sendable, Equatable {
    public let id: String
    public let customer: String
    /// In minor units.
    public let amount: Int
    public let currency: String
    public let description: String?
    public let metadata: [String: String]
    /// `nil` while it waits for one.
    public let invoice: String?
  }

  /// An invoice as it is now.
  public struct Invoice: Sendable, Equatable {
    public let id: String
    public let customer: String
    public let subscription: String?
    /// `draft`, `open`, `paid`, `uncollectible`, `void`.
    public let status: String
    /// In minor units; below zero too.
    public let total: Int
    /// In minor units; what is left of the total once the customer's balance has its part, never below zero.
    public let amountDue: Int
    public let metadata: [String: String]
  }

  /// In the order of their making; without those that were deleted.
  public var invoiceItems: [InvoiceItem] {
    front.withWorld { world in
      world.billing.invoiceItems.all.map { item in
        InvoiceItem(
          id: item.id, customer: item.customer, amount: item.amount, currency: item.currency,
          description: item.description, metadata: item.metadata.dictionary, invoice: item.invoice)
      }
    }
  }

  /// In the order of their making.
  public var invoices: [Invoice] {
    front.withWorld { world in
      world.billing.invoices.all.map { invoice in
        let invoice = Invoicing(world: world).current(invoice)
        return Invoice(
          id: invoice.id, customer: invoice.customer, subscription: invoice.subscription,
          status: invoice.status.rawValue, total: invoice.total, amountDue: invoice.amountDue,
          metadata: invoice.metadata.dictionary)
      }
    }
  }
}
