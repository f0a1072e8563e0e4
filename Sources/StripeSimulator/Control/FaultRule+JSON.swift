import JSON

extension FaultRule {
  /// `{"endpoint": "POST /v1/customers", "next": 2, "fault": "answer_lost"}`, or
  /// `{"share": 0.3, "seed": 7, "faults": [{"fault": "slow", "delay_ms": 50, "when": "before"}, …]}`.
  init(_ body: ControlBody) throws(Control.Mistake) {
    let ruleFields = ["endpoint", "next", "share", "seed", "skip"]
    var faults: [Fault] = []
    if let list = try body.objects("faults") {
      try body.allow(ruleFields + ["faults"])
      for element in list {
        try element.allow(Fault.fields)
        faults.append(try Fault(element))
      }
    } else {
      try body.allow(ruleFields + Fault.fields)
      faults = [try Fault(body)]
    }
    guard !faults.isEmpty else { throw Control.Mistake(reason: "name a fault, or a list of faults") }
    self.init(try Self.extent(body), of: try body.text("endpoint"), faults)
    skip = try body.integer("skip") ?? 0
    if let endpoint, !Endpoints.all.list.contains(where: { $0.name == endpoint }) {
      throw Control.Mistake(reason: "no such endpoint: \(endpoint)")
    }
  }

  private static func extent(_ body: ControlBody) throws(Control.Mistake) -> Extent {
    let share = try body.microseconds("share")
    switch (try body.integer("next"), share) {
    case (let count?, nil):
      guard count > 0 else { throw Control.Mistake(reason: "next must be above 0") }
      return .next(count)
    case (nil, let share?):
      guard (0...1_000_000).contains(share) else { throw Control.Mistake(reason: "share must be from 0 to 1") }
      return .share(millionths: Int(share), seed: UInt64(clamping: try body.integer("seed") ?? 0))
    case (nil, nil): return .next(1)
    case (_?, _?): throw Control.Mistake(reason: "next and share exclude each other")
    }
  }
}

extension Fault {
  fileprivate static let fields = [
    "fault", "delay_ms", "when", "status", "saved", "reason", "retry_after", "should_retry", "code",
  ]

  fileprivate init(_ body: ControlBody) throws(Control.Mistake) {
    let name = try body.text("fault") ?? ""
    guard let kind = Kind(rawValue: name) else {
      throw Control.Mistake(
        reason: "no such fault: \(name); there are \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.init(kind)
    switch try body.text("when") {
    case nil: break
    case "before": isAfterEffect = false
    case "after": isAfterEffect = true
    default: throw Control.Mistake(reason: "when must be before or after")
    }
    if let milliseconds = try body.integer("delay_ms") {
      guard (0...3_600_000).contains(milliseconds) else {
        throw Control.Mistake(reason: "delay_ms must be from 0 to 3600000")
      }
      delay = .milliseconds(milliseconds)
    }
    if let status = try body.integer("status") {
      guard (500...599).contains(status) else { throw Control.Mistake(reason: "status must be from 500 to 599") }
      self.status = status
    }
    if let isSaved = try body.bool("saved") { self.isSaved = isSaved }
    if body.has("reason") { reason = try body.text("reason") }
    if let code = try body.text("code") {
      guard MeterError.Code(rawValue: code) != nil else {
        throw Control.Mistake(reason: "no such code of a meter's error: \(code)")
      }
      self.code = code
    }
    retryAfter = try body.integer("retry_after")
    shouldRetry = try body.bool("should_retry")
  }

  fileprivate func write(to json: inout JSONWriter) {
    json.field("fault", kind.rawValue)
    switch kind {
    case .serverError:
      json.field("when", isAfterEffect ? "after" : "before")
      json.field("status", status)
      json.field("saved", isSaved)
    case .slow, .hang:
      json.field("when", isAfterEffect ? "after" : "before")
      json.field("delay_ms", Int(delay.wholeMicroseconds / 1000))
    case .rateLimited: json.field("reason", optional: reason)
    case .rejectedLater: json.field("code", code)
    case .answerLost, .reset, .lockTimeout, .conflict, .unauthorized, .malformed: break
    }
  }
}

extension FaultPlan {
  func write(to json: inout JSONWriter) {
    json.key("counts")
    json.object {
      for kind in Fault.Kind.allCases where counts[kind] != nil { $0.field(kind.rawValue, counts[kind] ?? 0) }
    }
    json.key("rules")
    json.array { json in
      for (rule, used) in rules {
        json.object {
          $0.field("endpoint", optional: rule.endpoint)
          switch rule.extent {
          case .next(let count): $0.field("next", count)
          case .share(let millionths, let seed):
            $0.field("share_millionths", millionths)
            $0.field("seed", number: String(seed))
          }
          $0.field("skip", rule.skip)
          $0.field("used", used)
          $0.key("faults")
          $0.array { json in for fault in rule.faults { json.object { fault.write(to: &$0) } } }
        }
      }
    }
  }
}
