import JSON

/// The stream: up to a hundred events a request, judged later.
enum MeterEventStream {
  /// As control requests name it.
  static let endpointName = "POST /v2/billing/meter_event_stream"

  static let endpoints: [Endpoint] = [
    Endpoint(.post, "/v2/billing/meter_event_stream", style: .v2Stream) { call, world throws(StripeFailure) in
      // All or none: a request with a mistake in it is refused as a whole.
      let events = try read(call.body, world)
      world.traffic.arrive(meterEvents: events.count, at: SimulatedClock.machineTime)
      for event in events { world.usage.takeFromStream(event, world) }
      return Answer { _ in }
    }
  ]

  private static func read(_ body: [UInt8], _ world: World) throws(StripeFailure) -> [MeterEvent] {
    let reader = world.reader
    do {
      try reader.read(body.span, all: true)
    } catch {
      throw invalid("The request body is not valid JSON: \(error.code.rawValue)")
    }
    guard reader.root?.kind == .object else { throw invalid("The request body must be an object.") }
    for field in reader.fields where reader.key(of: field) != "events" {
      throw unknown(reader.key(of: field) ?? "")
    }
    guard let list = reader.field("events") else { throw missing("events") }
    guard list.kind == .array else { throw invalid("events must be an array.", param: "events") }
    let elements = reader.children(of: list)
    guard (1...100).contains(elements.count) else {
      throw invalid("events must have 1 to 100 elements; it has \(elements.count).", param: "events")
    }
    var events: [MeterEvent] = []
    events.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      events.append(try event(element, "events[\(index)]", reader, world))
    }
    return events
  }

  private static func event(
    _ element: JSONReader.Field, _ path: String, _ reader: JSONReader, _ world: World
  ) throws(StripeFailure) -> MeterEvent {
    guard element.kind == .object else { throw invalid("\(path) must be an object.", param: path) }
    var eventName: String?
    var identifier: String?
    var timestamp: Int?
    var payload: [(name: String, value: String)]?
    for field in reader.children(of: element) {
      switch reader.key(of: field) {
      case "event_name": eventName = try text(field, "\(path).event_name", reader)
      case "identifier": identifier = try text(field, "\(path).identifier", reader)
      case "timestamp":
        guard let time = Timestamp.read(try text(field, "\(path).timestamp", reader)) else {
          throw invalid("\(path).timestamp must be a timestamp of RFC 3339.", param: "\(path).timestamp")
        }
        timestamp = Int(time / 1_000_000)
      case "payload":
        guard field.kind == .object else {
          throw invalid("\(path).payload must be an object.", param: "\(path).payload")
        }
        payload = []
        for member in reader.children(of: field) {
          let name = reader.key(of: member) ?? ""
          payload?.append((name, try text(member, "\(path).payload.\(name)", reader)))
        }
      case let name: throw unknown("\(path).\(name ?? "")")
      }
    }
    guard let eventName else { throw missing("\(path).event_name") }
    guard let payload else { throw missing("\(path).payload") }
    return MeterEvent(
      eventName: eventName, identifier: identifier ?? world.ids.next("", 36), payload: payload,
      timestamp: timestamp ?? world.clock.seconds)
  }

  private static func text(
    _ field: JSONReader.Field, _ path: String, _ reader: JSONReader
  ) throws(StripeFailure) -> String {
    guard field.kind == .string, let text = try? reader.string(field), text.utf8.count <= 1000 else {
      throw invalid("\(path) must be a string.", param: path)
    }
    return text
  }

  private static func invalid(_ message: String, param: String? = nil) -> StripeFailure {
    .invalidRequest(message, code: "invalid_fields", param: param)
  }

  private static func missing(_ name: String) -> StripeFailure {
    .invalidRequest("Missing required param: \(name).", code: "parameter_missing", param: name)
  }

  private static func unknown(_ name: String) -> StripeFailure {
    .invalidRequest("Received unknown parameter: \(name)", code: "parameter_unknown", param: name)
  }
}
