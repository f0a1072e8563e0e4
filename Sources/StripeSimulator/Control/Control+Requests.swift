import HTTP
import JSON

extension Control {
  /// In the order of their answers. `after` is the number of a request, `endpoint` its name.
  static func requests(_ query: Query, _ world: World) throws(Mistake) -> HTTPResponse {
    let after = try query.number("after") ?? 0
    let limit = try query.number("limit") ?? .max
    let endpoint = query["endpoint"]
    let key = query["idempotency_key"]
    let wanted = world.traffic.log.all.lazy.filter { entry in
      entry.number > after && (endpoint == nil || entry.endpoint == endpoint)
        && (key == nil || entry.idempotencyKey == key)
    }
    return response {
      $0.field("received", world.requestCount)
      $0.key("data")
      $0.array { json in for entry in wanted.prefix(limit) { json.object { entry.write(to: &$0) } } }
    }
  }

  /// Every object of a kind, the oldest first, as Stripe would show it.
  static func objects(_ kind: String, _ query: Query, _ world: World) throws(Mistake) -> HTTPResponse {
    guard let objects = world.objects(kind) else { throw Mistake(reason: "no objects of kind \(kind)") }
    let limit = try query.number("limit") ?? .max
    return response {
      $0.field("count", objects.count)
      $0.key("data")
      $0.array { json in
        for object in objects.prefix(limit) { json.object { object.writeMembers(to: &$0) } }
      }
    }
  }
}

extension World {
  /// By the last part of their URL; `nil` for an unknown kind.
  func objects(_ kind: String) -> [any StripeObject]? {
    switch kind {
    case "customers": Array(customers.all)
    case "meters": Array(meters.all)
    case "events": Array(events.all)
    case "products": Array(billing.products.all)
    case "prices": Array(billing.prices.all)
    case "subscriptions": Array(billing.subscriptions.all)
    case "invoiceitems": Array(billing.invoiceItems.all)
    case "invoices": billing.invoices.all.map { Invoicing(world: self).current($0) }
    default: nil
    }
  }
}

extension RequestLog.Entry {
  fileprivate func write(to json: inout JSONWriter) {
    json.field("number", number)
    json.field("request_id", id)
    json.field("endpoint", endpoint)
    json.field("path", path)
    json.field("parameters", String(decoding: sent, as: UTF8.self))
    json.key("headers")
    json.array { json in
      for field in headers.fields {
        json.array {
          $0.string(field.name)
          $0.string(field.name.lowercased() == "authorization" ? Credentials.masked(field.value) : field.value)
        }
      }
    }
    json.field("idempotency_key", optional: idempotencyKey)
    json.field("received", number: Control.microseconds(received))
    json.field("answered", number: Control.microseconds(answered))
    json.field("status", status)
    json.field("answer", String(decoding: answer, as: UTF8.self))
    json.field("fault", optional: fault?.rawValue)
  }
}

extension Traffic {
  func write(to json: inout JSONWriter) {
    json.key("answers")
    json.object {
      for (endpoint, statuses) in counts.sorted(by: { $0.key < $1.key }) {
        $0.key(endpoint)
        $0.object {
          for (status, count) in statuses.sorted(by: { $0.key < $1.key }) { $0.field(String(status), count) }
        }
      }
    }
    let rates = [
      ("all", all), ("meter_event_calls", meterEventCalls), ("meter_events", meterEvents), ("others", others),
    ]
    for (name, rate) in rates {
      json.key(name)
      json.object { rate.write(to: &$0) }
    }
  }
}

extension SlidingMaximum {
  fileprivate func write(to json: inout JSONWriter) {
    json.field("total", total)
    json.field("maximum_in_a_second", maximum)
    json.key("by_second")
    json.array { json in
      for (second, count) in seconds {
        json.array {
          $0.number(second)
          $0.number(count)
        }
      }
    }
  }
}
