import JSON

extension Invoice {
  /// How many lines stand within the invoice; the others are at its `lines`.
  private static let inlineLines = 10

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.field("account_country", "US")
    json.nulls("account_name", "account_tax_ids")
    writeAmounts(to: &json)
    json.nulls("application")
    json.field("attempt_count", attemptCount)
    json.field("attempted", attemptCount > 0)
    json.field("auto_advance", autoAdvance)
    json.object("automatic_tax") {
      $0.nulls("disabled_reason")
      $0.field("enabled", false)
      $0.nulls("liability", "provider", "status")
    }
    json.field("automatically_finalizes_at", optional: isDraft ? finalizesAt : nil)
    json.field("billing_reason", reason.rawValue)
    json.field("collection_method", collectionMethod.name)
    json.field("created", created)
    json.field("currency", currency)
    json.nulls("custom_fields")
    json.field("customer", customer)
    json.nulls("default_payment_method", "default_source")
    json.emptyArrays("default_tax_rates")
    json.field("description", optional: description)
    json.emptyArrays("discounts")
    json.field("due_date", optional: dueDate)
    json.field("effective_at", optional: finalizedAt)
    json.field("ending_balance", optional: endingBalance)
    json.field("footer", optional: footer)
    json.nulls("from_invoice", "hosted_invoice_url", "invoice_pdf")
    json.object("issuer") { $0.field("type", "self") }
    json.nulls("last_finalization_error", "latest_revision")
    writeLines(to: &json)
    json.field("livemode", isLive)
    metadata.write(to: &json)
    json.nulls("next_payment_attempt")
    json.field("number", optional: number)
    json.nulls("on_behalf_of")
    writeParent(to: &json)
    json.object("payment_settings") {
      $0.nulls("default_mandate", "payment_method_options", "payment_method_types")
    }
    json.field("period_end", period.end)
    json.field("period_start", period.start)
    json.nulls("receipt_number", "rendering", "shipping_cost", "shipping_details", "statement_descriptor")
    json.field("status", status.rawValue)
    json.object("status_transitions") {
      $0.field("finalized_at", optional: finalizedAt)
      $0.field("marked_uncollectible_at", optional: markedUncollectibleAt)
      $0.field("paid_at", optional: paidAt)
      $0.field("voided_at", optional: voidedAt)
    }
    json.nulls("test_clock")
    json.field("webhooks_delivered_at", created)
  }

  private func writeAmounts(to json: inout JSONWriter) {
    let total = total
    json.field("amount_due", amountDue)
    json.field("amount_overpaid", 0)
    json.field("amount_paid", amountPaid)
    json.field("amount_paid_off_stripe", isPaidOutOfBand ? amountPaid : 0)
    json.field("amount_remaining", amountRemaining)
    json.field("amount_shipping", 0)
    json.field("post_payment_credit_notes_amount", 0)
    json.field("pre_payment_credit_notes_amount", 0)
    json.field("starting_balance", startingBalance)
    json.field("subtotal", total)
    json.field("subtotal_excluding_tax", total)
    json.field("total", total)
    json.emptyArrays("total_discount_amounts")
    json.field("total_excluding_tax", total)
    json.emptyArrays("total_pretax_credit_amounts", "total_taxes")
  }

  private func writeLines(to json: inout JSONWriter) {
    json.object("lines") {
      $0.field("object", "list")
      $0.key("data")
      $0.array { json in
        for line in lines.prefix(Self.inlineLines) { json.object { line.writeMembers(to: &$0) } }
      }
      $0.field("has_more", lines.count > Self.inlineLines)
      $0.field("total_count", lines.count)
      $0.field("url", "\(Self.url)/\(id)/lines")
    }
  }

  private func writeParent(to json: inout JSONWriter) {
    guard let subscription else { return json.nulls("parent") }
    json.object("parent") {
      $0.nulls("quote_details")
      $0.object("subscription_details") {
        subscriptionMetadata.write(to: &$0)
        $0.field("subscription", subscription)
      }
      $0.field("type", "subscription_details")
    }
  }
}
