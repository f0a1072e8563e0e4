import Billing
import Invoicing
import JSON

extension ExplanationView {
  func encode(into json: inout JSONWriter) {
    json.object {
      $0.field("addsUp", explanation.addsUp)
      $0.key("invoice")
      $0.object { explanation.invoice.writeFields(to: &$0) }
      $0.key("line")
      $0.object { explanation.line.writeFields(to: &$0) }
      switch explanation.basis {
      case .baseFee: break
      case .charge(let charge): Self.encode(charge, into: &$0)
      case .usage(let usage): Self.encode(usage, into: &$0)
      }
      $0.field("computed", optional: explanation.computed?.description)
      $0.key("disagreements")
      $0.array { array in
        for each in explanation.disagreements {
          array.object {
            $0.field("what", each.what)
            $0.field("stated", each.stated)
            $0.field("computed", each.computed)
          }
        }
      }
    }
  }

  private static func encode(_ charge: LineExplanation.Charge?, into json: inout JSONWriter) {
    guard let charge else { return }
    json.key("charge")
    json.object {
      $0.field("number", Int(charge.number))
      $0.field("kind", charge.kind)
      $0.field("occurredAt", charge.occurredAt.description)
      $0.field("recordedAt", charge.recordedAt.description)
      $0.field("amount", charge.amount.description)
    }
  }

  private static func encode(_ usage: LineExplanation.Usage, into json: inout JSONWriter) {
    json.field("aggregation", optional: usage.aggregation?.rawValue)
    json.field("archived", usage.isArchived)
    if !usage.isArchived {
      json.field("usageRecords", Int(usage.usageRecords))
      json.field("voids", Int(usage.voids))
      json.field("recordedQuantity", usage.recordedQuantity.description)
      json.field("computedTotal", optional: usage.computedTotal?.description)
    }
    json.field("billable", optional: usage.priced?.billable.description)
    json.field("totalPrice", optional: usage.priced?.amount.description)
    json.field("formerAmount", usage.formerAmount.description)
    json.key("formerLines")
    json.array { array in
      for former in usage.former {
        array.object {
          $0.field("line", Int(former.number))
          $0.field("invoice", Int(former.invoice.value))
          $0.field("quantity", former.quantity.description)
          $0.field("totalQuantity", former.totalQuantity.description)
          $0.field("amount", former.amount.description)
        }
      }
    }
    encode(usage.deciding, "deciding", into: &json)
    json.field("skipped", usage.skipped)
    encode(usage.records, "records", into: &json)
  }

  private static func encode(_ records: [LineExplanation.LineRecord], _ name: String, into json: inout JSONWriter) {
    json.key(name)
    json.array { array in
      for record in records {
        array.object {
          $0.field("usageId", record.usageID.text)
          $0.field("timestamp", record.timestamp.description)
          $0.field("quantity", record.quantity.description)
          $0.field("counted", record.counted.description)
          if record.isVoid { $0.field("void", true) }
          if record.isVoided { $0.field("voided", true) }
        }
      }
    }
  }
}
