import JSON

/// `v2.core.event`: something that happened, as `GET /v2/core/events` tells it.
struct CoreEvent: StripeObject {
  static let name = "v2.core.event"
  static let url = "/v2/core/events"

  let id: String
  /// Microseconds since 1970.
  let time: Int64
  let isLive: Bool
  let report: MeterErrorReport
  let samples: Int

  var created: Int { Int(time / 1_000_000) }

  func writeMembers(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("object", Self.name)
    json.key("context")
    json.null()
    json.field("created", Timestamp.text(time))
    json.key("data")
    report.writeData(to: &json, samples: samples)
    json.field("livemode", isLive)
    json.key("reason")
    json.null()
    if let meter = report.meter {
      json.key("related_object")
      json.object {
        $0.field("id", meter)
        $0.field("type", Meter.name)
        $0.field("url", "\(Meter.url)/\(meter)")
      }
    }
    json.field("type", report.type)
  }

  static let endpoints: [Endpoint] = [
    Endpoint(
      .get, url,
      Schema([
        "limit": .integer(1...100), "object_id": .text(), "types": .list(.text()), "page": .text(),
        "created": .object(["gt": .text(), "gte": .text(), "lt": .text(), "lte": .text()]),
      ]), style: .v2
    ) { call, world throws(StripeFailure) in try list(call, world) },
    Endpoint(.get, "\(url)/*", style: .v2) { call, world throws(StripeFailure) in
      Answer(try world.events.get(call.id, "event"))
    },
  ]

  /// The newest first; the next page is a place in the whole, which new events do not move.
  private static func list(_ call: Call, _ world: World) throws(StripeFailure) -> Answer {
    let parameters = call.parameters
    let types = parameters.texts("types")
    let object = parameters.text("object_id")
    let created = try times(parameters.object("created"))
    let limit = parameters.integer("limit") ?? 20
    var wanted = world.events.all.filter { event in
      (types.isEmpty || types.contains(event.report.type)) && (object == nil || event.report.meter == object)
        && created.contains(event.time)
    }
    if let page = parameters.text("page") { wanted = Array(wanted.prefix { $0.id != page }) }
    let shown = wanted.suffix(limit)
    let query = [
      types.enumerated().map { "types[\($0)]=\($1)" }.joined(separator: "&"), object.map { "object_id=\($0)" } ?? "",
      ["gt", "gte", "lt", "lte"].compactMap { name in
        parameters.object("created")?.text(name).map { "created[\(name)]=\($0.replacing("+", with: "%2B"))" }
      }.joined(separator: "&"),
    ]
    .filter { !$0.isEmpty }.joined(separator: "&")
    return Answer {
      $0.key("data")
      $0.array { json in for event in shown.reversed() { json.object { event.writeMembers(to: &$0) } } }
      let next = wanted.count > shown.count ? shown.first.map { "\(url)?limit=\(limit)&page=\($0.id)&\(query)" } : nil
      $0.field("next_page_url", optional: next)
      $0.nulls("previous_page_url")
    }
  }

  private static func times(_ bounds: Parameters?) throws(StripeFailure) -> ClosedRange<Int64> {
    func time(_ name: String) throws(StripeFailure) -> Int64? {
      guard let bounds, let text = bounds.text(name) else { return nil }
      guard let time = Timestamp.read(text) else {
        throw .invalidRequest("Invalid timestamp: \(text)", code: "invalid_fields", param: bounds.name(of: name))
      }
      return time
    }
    let first = max(try time("gte") ?? .min, try time("gt").map { $0 + 1 } ?? .min)
    let last = min(try time("lte") ?? .max, try time("lt").map { $0 - 1 } ?? .max)
    return first...max(first, last)
  }
}
