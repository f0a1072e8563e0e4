import HTTP
import Synchronization

/// Takes every request and sees it through: who calls, what goes wrong, which limits and keys apply, what it does.
final class Front: Sendable {
  let world: Mutex<World>
  let endpoints = Endpoints.all

  /// - Throws: where there is no memory.
  init(_ settings: SimulatorSettings) throws { world = Mutex(try World(settings)) }

  /// Where a request stands.
  private enum Stage: Sendable {
    case arrived
    case executing
    case leaving(Outcome)
  }

  private enum Step: Sendable {
    case reply(HTTPReply)
    case wait(Duration, Stage)
  }

  func reply(to request: HTTPRequest) -> HTTPReply {
    if request.path.hasPrefix(Control.prefix) { return .now(Control.answer(request, self)) }
    do throws(StripeFailure) {
      return proceed(try exchange(for: request), .arrived)
    } catch {
      return .now(refusal(error, request))
    }
  }

  /// What the control endpoints and tests do with the world.
  func withWorld<Result: Sendable, Failure: Error>(_ body: (World) throws(Failure) -> Result) throws(Failure) -> Result
  {
    try world.withLock { world throws(Failure) in try body(world) }
  }

  // MARK: Stages

  private func proceed(_ exchange: Exchange, _ stage: Stage) -> HTTPReply {
    let (exchange, step) = world.withLock { world in
      var exchange = exchange
      let step = self.step(&exchange, stage, world)
      return (exchange, step)
    }
    switch step {
    case .reply(let reply): return reply
    case .wait(let delay, let stage): return .later(delay) { self.proceed(exchange, stage) }
    }
  }

  private func step(_ exchange: inout Exchange, _ stage: Stage, _ world: World) -> Step {
    switch stage {
    case .arrived: arrive(&exchange, world)
    case .executing: leave(execute(&exchange, world), exchange, world)
    case .leaving(let outcome): .reply(finish(exchange, outcome, world))
    }
  }

  /// Everything that can keep a request from being executed, in Stripe's order.
  private func arrive(_ exchange: inout Exchange, _ world: World) -> Step {
    world.traffic.arrive(exchange, world)
    exchange.fault = world.faults.draw(exchange.endpoint.name)
    func refuse(_ failure: StripeFailure) -> Step { leave(.answer(failure.answer), exchange, world) }
    if exchange.fault?.kind == .reset { return leave(.hangUp, exchange, world) }
    if let failure = exchange.fault?.refusal { return refuse(failure) }
    if let reason = world.limiter.admit(exchange.endpoint, world.settings.limits, now: exchange.received) {
      return refuse(.tooMany(reason))
    }
    if let failure = takeExclusive(&exchange, world) { return refuse(failure) }
    exchange.isAdmitted = true
    world.limiter.enter(exchange.endpoint.name)
    if let key = exchange.key {
      switch world.idempotency.begin(
        key.name, fingerprint: key.fingerprint, requestID: exchange.call.requestID, now: world.clock.now,
        lifetime: world.settings.idempotencyLifetime.wholeMicroseconds)
      {
      case .execute: exchange.holdsKey = true
      case .replay(var answer, let original):
        answer.headers += [("Idempotent-Replayed", "true"), ("Original-Request", original)]
        return leave(disturb(.answer(answer), exchange), exchange, world)
      case .refuse(let failure): return refuse(failure)
      }
    }
    if let fault = exchange.fault, !fault.isAfterEffect {
      if fault.kind == .slow { return .wait(fault.delay, .executing) }
      if fault.kind == .hang { return .wait(fault.delay, .leaving(.hangUp)) }
    }
    return leave(execute(&exchange, world), exchange, world)
  }

  private func takeExclusive(_ exchange: inout Exchange, _ world: World) -> StripeFailure? {
    guard exchange.objection == nil, let name = exchange.endpoint.exclusive?(exchange.call.parameters, world) else {
      return nil
    }
    if let other = world.inFlight[name] {
      world.violations.append(
        Violation(
          name: name, first: other.number, firstFault: other.fault, second: exchange.number,
          received: exchange.received))
      return world.settings.refusesConcurrentMeterCalls ? .tooMany(nil) : nil
    }
    world.inFlight[name] = (exchange.number, exchange.fault?.kind)
    exchange.exclusive = name
    return nil
  }

  /// The effect, and what is kept of it under the key.
  private func execute(_ exchange: inout Exchange, _ world: World) -> Outcome {
    world.isLive = exchange.call.isLive
    world.advance()
    if let objection = exchange.objection { return .answer(objection.answer) }
    func save(_ answer: Answer) {
      if exchange.holdsKey, let key = exchange.key { world.idempotency.save(key.name, answer) }
    }
    if let fault = exchange.fault, let failure = fault.failure {
      // Whether there was an effect or none: nobody is told which.
      if fault.hasEffect { _ = try? exchange.endpoint.perform(exchange.call, world) }
      if failure.isSaved { save(failure.answer) }
      return .answer(failure.answer)
    }
    world.usage.rejection = exchange.fault?.rejection
    defer { world.usage.rejection = nil }
    do throws(StripeFailure) {
      let answer = try exchange.endpoint.perform(exchange.call, world)
      save(answer)
      return disturb(.answer(answer), exchange)
    } catch {
      if error.isSaved { save(error.answer) }
      return disturb(.answer(error.answer), exchange)
    }
  }

  /// What a fault makes of the answer after the effect.
  private func disturb(_ outcome: Outcome, _ exchange: Exchange) -> Outcome {
    switch (exchange.fault?.kind, outcome) {
    case (.answerLost, _), (.hang, _): return .hangUp
    case (.malformed, .answer(var answer)):
      answer.body = Array(answer.body.prefix(answer.body.count / 2))
      return .answer(answer)
    default: return outcome
    }
  }

  /// The answer is ready; it goes out when its time has come.
  private func leave(_ outcome: Outcome, _ exchange: Exchange, _ world: World) -> Step {
    var delay = world.settings.latency
    if let fault = exchange.fault, exchange.isAdmitted, fault.isAfterEffect, fault.kind == .slow || fault.kind == .hang
    {
      delay += fault.delay
    }
    return delay > .zero ? .wait(delay, .leaving(outcome)) : .reply(finish(exchange, outcome, world))
  }

  private func finish(_ exchange: Exchange, _ outcome: Outcome, _ world: World) -> HTTPReply {
    if let name = exchange.exclusive { world.inFlight[name] = nil }
    if exchange.isAdmitted { world.limiter.leave(exchange.endpoint.name) }
    if exchange.holdsKey, let key = exchange.key { world.idempotency.release(key.name) }
    world.traffic.leave(exchange, outcome, world.settings)
    switch outcome {
    case .hangUp: return .hangUp
    case .answer(let answer):
      return .now(response(answer, exchange.call.requestID, exchange.version, exchange.call.idempotencyKey))
    }
  }

  // MARK: Answering

  private func refusal(_ failure: StripeFailure, _ request: HTTPRequest) -> HTTPResponse {
    let id = world.withLock { world in
      world.requestCount += 1
      world.traffic.refuse(request.path, status: failure.status)
      return world.ids.next("req_", 14)
    }
    return response(failure.answer, id, request.headers["Stripe-Version"] ?? Self.defaultVersion, nil)
  }

  /// Where the caller names none.
  static let defaultVersion = "2026-10-28.endive"

  private func response(_ answer: Answer, _ requestID: String, _ version: String, _ key: String?) -> HTTPResponse {
    var response = HTTPResponse(status: answer.status, contentType: "application/json", body: answer.body)
    response.headers.add("Request-Id", requestID)
    response.headers.add("Stripe-Version", version)
    if let key { response.headers.add("Idempotency-Key", key) }
    for (name, value) in answer.headers { response.headers.add(name, value) }
    return response
  }
}
