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
    /// All of them; those of a draft with the usage known by now.
    public let lines: [InvoiceLine]
  }

  /// A line of an invoice.
  public struct InvoiceLine: Sendable, Equatable {
    /// In minor units.
    public let amount: Int
    /// Seconds since 1970, the end not included.
    public let period: Range<Int>
    /// The item that it is of; `nil` for a line of the subscription's own.
    public let invoiceItem: String?
    /// The meter whose usage it bills; `nil` for a fee or an item.
    public let meter: String?
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
          metadata: invoice.metadata.dictionary, lines: invoice.lines.map { InvoiceLine($0, world) })
      }
    }
  }
}

extension Simulator.Effects.InvoiceLine {
  fileprivate init(_ line: InvoiceLine, _ world: World) {
    let item: String? = if case .invoiceItem(let id, _, _) = line.parent { id } else { nil }
    let meter = item == nil ? line.price?.meter.flatMap { world.meters[$0] } : nil
    self.init(
      amount: line.amount, period: line.period.start..<max(line.period.start, line.period.end), invoiceItem: item,
      meter: meter?.eventName, metadata: line.metadata.dictionary)
  }
}
