/// draft → open → paid, uncollectible or void.
extension Invoicing {
  /// Makes a draft final: from now on neither its lines nor the usage on them change.
  ///
  /// The customer's balance is settled with it. What is due then is charged where Stripe may do so by itself; nothing
  /// due is paid at once.
  func finalize(_ draft: Invoice, at time: Int) -> Invoice {
    var invoice = current(draft)
    invoice.status = .open
    invoice.finalizedAt = time
    invoice.finalizesAt = nil
    world.billing.numberedInvoices += 1
    invoice.number = "SIM-\(world.billing.numberedInvoices)"
    if let days = invoice.collectionMethod.daysUntilDue, invoice.dueDate == nil {
      invoice.dueDate = time + days * CalendarTime.secondsPerDay
    }
    invoice.endingBalance = min(invoice.total + invoice.startingBalance, 0)
    setBalance(of: invoice.customer, to: invoice.endingBalance ?? 0)
    let isCharged = invoice.autoAdvance && invoice.collectionMethod == .chargeAutomatically
    if invoice.amountDue == 0 || isCharged {
      pay(&invoice, at: time, outOfBand: false)
    }
    world.billing.invoices.put(invoice)
    return invoice
  }

  func pay(_ id: String, at time: Int, outOfBand: Bool) throws(StripeFailure) -> Invoice {
    var invoice = try world.billing.invoices.get(id, "invoice")
    if invoice.isDraft {
      invoice = finalize(invoice, at: time)
      if invoice.status == .paid { return invoice }
    }
    guard invoice.status != .paid else { throw .refused("Invoice is already paid") }
    guard invoice.status != .void else { throw .refused("Voided invoices can't be paid") }
    pay(&invoice, at: time, outOfBand: outOfBand)
    world.billing.invoices.put(invoice)
    return invoice
  }

  func void(_ id: String, at time: Int) throws(StripeFailure) -> Invoice {
    var invoice = try world.billing.invoices.get(id, "invoice")
    guard invoice.status == .open || invoice.status == .uncollectible else {
      throw .refused(
        "You can only pass in open or uncollectible invoices. This invoice isn't open or uncollectible: it is "
          + "\(invoice.status.rawValue).")
    }
    invoice.status = .void
    invoice.voidedAt = time
    // What it took from the customer's balance, or gave to it, is undone.
    let balance = world.customers[invoice.customer]?.balance ?? 0
    setBalance(of: invoice.customer, to: balance + invoice.startingBalance - (invoice.endingBalance ?? 0))
    world.billing.invoices.put(invoice)
    return invoice
  }

  func markUncollectible(_ id: String, at time: Int) throws(StripeFailure) -> Invoice {
    var invoice = try world.billing.invoices.get(id, "invoice")
    guard invoice.status == .open else {
      throw .refused("Only open invoices can be marked uncollectible. This invoice is \(invoice.status.rawValue).")
    }
    invoice.status = .uncollectible
    invoice.markedUncollectibleAt = time
    world.billing.invoices.put(invoice)
    return invoice
  }

  private func pay(_ invoice: inout Invoice, at time: Int, outOfBand: Bool) {
    if invoice.amountDue > 0, !outOfBand { invoice.attemptCount += 1 }
    invoice.amountPaid = invoice.amountDue
    invoice.isPaidOutOfBand = outOfBand
    invoice.status = .paid
    invoice.paidAt = time
  }

  private func setBalance(of customer: String, to balance: Int) {
    guard var customer = world.customers[customer] else { return }
    customer.balance = min(max(balance, -Customer.largestBalance), Customer.largestBalance)
    world.customers.put(customer)
  }
}
