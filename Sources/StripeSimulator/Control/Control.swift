import HTTP
import JSON

/// `/_simulator/…`: what tests ask the simulator about, and make it do. It needs no key.
enum Control {
  static let prefix = "/_simulator/"

  /// A control request that cannot be understood.
  struct Mistake: Error {
    let reason: String
  }

  static func answer(_ request: HTTPRequest, _ front: Front) -> HTTPResponse {
    do throws(Mistake) {
      let query = try Query(request.query)
      let body = try ControlBody(request.body)
      let path = request.path.dropFirst(prefix.utf8.count)
      return try front.withWorld { world throws(Mistake) in
        world.advance()
        return try answer(request.method, path, query, body, world)
      }
    } catch {
      return response(status: 400) { $0.field("error", error.reason) }
    }
  }

  private static func answer(
    _ method: HTTPMethod, _ path: Substring, _ query: Query, _ body: ControlBody, _ world: World
  ) throws(Mistake) -> HTTPResponse {
    switch (method, path) {
    case (.get, "clock"): break
    case (.post, "clock"): try moveClock(body, world)
    case (.get, "settings"): return response { world.settings.write(to: &$0) }
    case (.post, "settings"):
      try world.settings.apply(body)
      return response { world.settings.write(to: &$0) }
    case (.get, "faults"): return response { world.faults.write(to: &$0) }
    case (.post, "faults"):
      world.faults.add(try FaultRule(body))
      return response { world.faults.write(to: &$0) }
    case (.delete, "faults"):
      world.faults.clear()
      return response { world.faults.write(to: &$0) }
    case (.get, "requests"): return try requests(query, world)
    case (.get, "traffic"): return response { world.traffic.write(to: &$0) }
    case (.get, "violations"): return violations(world)
    case (.get, "effects/meter_events"): return try MeterEventEffects.answer(query, world)
    case (.get, "meter_errors"): return meterErrors(world)
    case (.post, "reset"): world.reset()
    case (.get, _) where path.hasPrefix("objects/"):
      return try objects(String(path.dropFirst("objects/".count)), query, world)
    default: return response(status: 404) { $0.field("error", "no such control endpoint: \(method.rawValue) \(path)") }
    }
    return response { json in
      json.field("now", number: microseconds(world.clock.now))
      json.field("frozen", world.clock.isStanding)
    }
  }

  static func response(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> HTTPResponse {
    var json = JSONWriter()
    json.object { write(&$0) }
    return HTTPResponse(status: status, contentType: "application/json", body: json.bytes + [UInt8(ascii: "\n")])
  }

  /// As seconds with six decimals.
  static func microseconds(_ time: Int64) -> String {
    let (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000)
    let digits = String(rest.magnitude)
    return "\(seconds).\(String(repeating: "0", count: 6 - digits.utf8.count))\(digits)"
  }

  private static func moveClock(_ body: ControlBody, _ world: World) throws(Mistake) {
    try body.allow(["at", "advance_seconds", "frozen"])
    let isStanding = try body.bool("frozen") ?? world.clock.isStanding
    let seconds = try body.microseconds("advance_seconds") ?? 0
    let time = try body.time("at") ?? world.clock.now
    world.clock.set(time + seconds, isStanding: isStanding)
    world.advance()
  }

  private static func violations(_ world: World) -> HTTPResponse {
    response {
      $0.field("count", world.violations.count)
      $0.key("data")
      $0.array { json in
        for violation in world.violations {
          json.object {
            $0.field("of", violation.name)
            $0.field("first_request", violation.first)
            $0.field("first_fault", optional: violation.firstFault?.rawValue)
            $0.field("second_request", violation.second)
            $0.field("received", number: microseconds(violation.received))
          }
        }
      }
    }
  }

  private static func meterErrors(_ world: World) -> HTTPResponse {
    response {
      $0.key("counts")
      $0.object { for (code, count) in world.meterErrors.counts { $0.field(code.rawValue, count) } }
      $0.key("events")
      $0.array { json in for event in world.events.all { json.object { event.writeMembers(to: &$0) } } }
    }
  }
}
