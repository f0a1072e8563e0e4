import HTTP
import JSON

/// `GET /_simulator/effects/meter_events`: what came of meter events.
///
/// `summary=customer,event_name` counts and sums up what counts, by meter and customer; `identifier=` shows one; else all,
/// from the place `after` on, `limit` at most.
enum MeterEventEffects {
  static func answer(_ query: Query, _ world: World) throws(Control.Mistake) -> HTTPResponse {
    if let summary = query["summary"] {
      guard summary == "customer,event_name" else {
        throw Control.Mistake(reason: "summary must be customer,event_name")
      }
      return Control.response { writeSummary(to: &$0, world) }
    }
    let arrivals = world.usage.arrivals
    if let identifier = query["identifier"] {
      return Control.response { json in
        json.key("data")
        json.array { json in
          for (order, arrival) in arrivals.enumerated() where arrival.identifier == identifier {
            json.object { arrival.write(to: &$0, order: order + 1) }
          }
        }
      }
    }
    let after = min(try query.number("after") ?? 0, arrivals.count)
    let limit = try query.number("limit") ?? .max
    let customer = query["customer"]
    let eventName = query["event_name"]
    let wanted = arrivals.indices.dropFirst(after).lazy.filter { index in
      (customer == nil || arrivals[index].customer == customer)
        && (eventName == nil || arrivals[index].eventName == eventName)
    }
    return Control.response { json in
      json.field("count", arrivals.count)
      json.key("data")
      json.array { json in
        for index in wanted.prefix(limit) { json.object { arrivals[index].write(to: &$0, order: index + 1) } }
      }
    }
  }

  private static func writeSummary(to json: inout JSONWriter, _ world: World) {
    let errors = world.meterErrors.counts.values.reduce(0, +)
    json.field("arrived", world.usage.arrivals.count)
    json.field("counted", world.usage.totals.reduce(0) { $0 + $1.count })
    json.field("refused_later", errors)
    json.field("dropped_duplicates", world.usage.dropped)
    json.field("taken_again", world.usage.repeated)
    json.key("data")
    json.array { json in
      for (meter, customer, count, sum) in world.usage.totals {
        json.object {
          $0.field("customer", customer)
          $0.field("event_name", world.meters[meter]?.eventName ?? "")
          $0.field("meter", meter)
          $0.field("count", count)
          $0.field("sum", sum.description)
        }
      }
    }
  }
}

extension MeterUsage.Arrival {
  fileprivate func write(to json: inout JSONWriter, order: Int) {
    json.field("order", order)
    json.field("identifier", identifier)
    json.field("event_name", eventName)
    json.field("customer", optional: customer)
    json.field("value", value.description)
    json.field("timestamp", timestamp)
    json.field("arrived", number: Control.microseconds(at))
    json.field("source", source.rawValue)
    json.field("error", optional: error?.rawValue)
    json.field("cancelled", isCancelled)
  }
}
