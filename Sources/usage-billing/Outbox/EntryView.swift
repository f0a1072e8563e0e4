import Billing
import JSON
import Outbox

extension Effect {
  /// What it is, for people: `order: 1250, 2025-01-01 to 2025-01-31`.
  var text: String {
    switch self {
    case .meterEvent(let event): "\(event.metric): \(event.value), \(event.period.text)"
    case .invoiceItem(let item): "\(item.line.text), \(item.amount) \(item.currency)"
    case .customer: "the customer"
    case .invoice(let invoice): "invoice \(invoice.number), \(invoice.period.text)"
    case .adoptInvoice(let adoption): "the subscription's draft for invoice \(adoption.number), \(adoption.period.text)"
    case .finalizeInvoice(let finalization): "end of invoice \(finalization.number)'s draft"
    }
  }

  /// Members of an object that say all of it.
  func encodeMembers(into json: inout JSONWriter) {
    json.field("kind", kind.rawValue)
    switch self {
    case .meterEvent(let event):
      json.field("metric", event.metric.text)
      json.field("value", event.value.description)
      json.field("timestamp", event.timestamp.description)
      json.field(event.period)
    case .invoiceItem(let item):
      json.field("amount", item.amount.description)
      json.field("currency", item.currency.code)
      item.line.encodeMembers(into: &json)
      if let invoice = item.invoice { json.field("invoice", number: invoice.description) }
    case .customer: break
    case .invoice(let invoice):
      json.field("invoice", number: invoice.number.description)
      json.field("currency", invoice.currency.code)
      json.field(invoice.period)
    case .adoptInvoice(let adoption):
      json.field("invoice", number: adoption.number.description)
      json.field(adoption.period)
    case .finalizeInvoice(let finalization): json.field("invoice", number: finalization.number.description)
    }
  }
}

extension InvoiceItem {
  var amount: Amount { Amount(minorUnits: Int128(minorUnits), currency: currency) }
}

extension InvoiceLine {
  fileprivate var text: String {
    switch self {
    case .usage(let metric, let quantity, let period): "\(metric): \(quantity), \(period.text)"
    case .late(let metric, let quantity, let period): "\(metric), late: \(quantity), \(period.text)"
    case .converted(let metric, let quantity, let period): "\(metric), not metered: \(quantity), \(period.text)"
    case .baseFee(let period): "base fee, \(period.text)"
    case .charge(let kind, let number): "\(kind.text), charge \(number)"
    }
  }

  fileprivate func encodeMembers(into json: inout JSONWriter) {
    switch self {
    case .usage: json.field("line", "usage")
    case .late: json.field("line", "late")
    case .converted: json.field("line", "converted")
    case .baseFee: json.field("line", "base_fee")
    case .charge(let kind, let number):
      json.field("line", "charge")
      json.field("chargeKind", kind.text)
      json.field("charge", number: String(number))
    }
    if let metric { json.field("metric", metric.text) }
    if let quantity { json.field("quantity", quantity.description) }
    if let period { json.field(period) }
  }
}

extension BillingPeriod {
  fileprivate var text: String { "\(start) to \(lastDay)" }
}

extension JSONWriter {
  fileprivate mutating func field(_ period: BillingPeriod) {
    field("periodStart", period.start.description)
    field("periodEnd", period.end.description)
  }
}

extension EntryRecord.State {
  /// One word, as `--state` and programs know it.
  var word: String {
    switch self {
    case .waiting, .leased: "queued"
    case .delayed: "delayed"
    case .held: "held"
    case .unknown: "unknown"
    case .dead: "dead"
    case .expired: "expired"
    case .delivered: "delivered"
    case .deliveredBefore: "delivered_before"
    case .discarded: "discarded"
    case .converted: "converted"
    case .rejected: "rejected"
    }
  }

  /// What it waits for, or why it ended so.
  var reason: String? {
    switch self {
    case .waiting, .delayed, .unknown, .dead, .expired, .delivered, .deliveredBefore: nil
    case .leased: "being sent"
    case .held(let hold): hold.rawValue
    case .discarded(let reason, let person): "\(reason) (\(person))"
    case .converted(let successor): successor.map { "into \($0)" } ?? "into nothing: it came to no amount"
    case .rejected(let successor): "taken, not counted; replaced by \(successor)"
    }
  }

  /// When something happens next by itself.
  var due: Instant? {
    switch self {
    case .delayed(let instant), .leased(let instant): instant
    default: nil
    }
  }
}

extension EntryRecord {
  /// Why it stands where it stands.
  var why: String? {
    let parts = [state.reason, problem?.code].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  func encode(into json: inout JSONWriter) {
    json.object { encodeMembers(into: &$0) }
  }

  func encodeMembers(into json: inout JSONWriter) {
    json.field("id", id.description)
    json.field("companyId", company.text)
    json.field("sequence", orderingKey.text)
    json.field("state", state.word)
    switch state {
    case .held(let hold): json.field("hold", hold.rawValue)
    case .discarded(let reason, let person):
      json.field("reason", reason)
      json.field("discardedBy", person)
    case .converted(let successor): json.field("convertedInto", optional: successor?.description)
    case .rejected(let successor): json.field("replacedBy", successor.description)
    case .leased: json.field("beingSent", true)
    default: break
    }
    json.field("dueAt", optional: state.due?.description)
    json.key("effect")
    json.object { effect.encodeMembers(into: &$0) }
    json.field("createdAt", createdAt.description)
    json.field("sendBefore", optional: sendBefore?.description)
    json.field("attempts", attempts)
    json.field("firstAttemptAt", optional: firstAttemptAt?.description)
    json.field("lastAttemptAt", optional: lastAttemptAt?.description)
    json.field("problem", optional: problem?.code)
    if let answer {
      json.field("answerStatus", answer.status)
      json.field("requestId", optional: answer.requestID?.text)
    }
    json.field("reference", optional: reference?.text)
    json.field("settledAt", optional: settledAt?.description)
  }
}

extension Instant {
  /// `3 d 4 h`, `12 min`, `5 s`: how long ago it was.
  func age(at now: Instant) -> String { Duration.microseconds(max(0, now.microseconds - microseconds)).shortText }
}

extension Duration {
  /// The two greatest units.
  var shortText: String {
    let seconds = max(0, components.seconds)
    return switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<86_400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }
  }
}
