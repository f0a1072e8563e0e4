/// What came and how it was answered: counts, the highest rates, and the requests themselves.
struct Traffic: Sendable {
  private(set) var counts: [String: [Int: Int]] = [:]
  private(set) var all = SlidingMaximum()
  private(set) var meterEventCalls = SlidingMaximum()
  private(set) var meterEvents = SlidingMaximum()
  private(set) var others = SlidingMaximum()
  private(set) var log = RequestLog()

  mutating func arrive(_ exchange: Exchange, _ world: World) {
    all.add(1, at: exchange.received)
    switch exchange.endpoint.name {
    case MeterEvent.endpointName:
      meterEventCalls.add(1, at: exchange.received)
      meterEvents.add(1, at: exchange.received)
    case MeterEventStream.endpointName: break
    default: others.add(1, at: exchange.received)
    }
  }

  /// Events of a stream's request.
  mutating func arrive(meterEvents count: Int, at time: Int64) { meterEvents.add(count, at: time) }

  mutating func leave(_ exchange: Exchange, _ outcome: Outcome, _ settings: SimulatorSettings) {
    var (status, body) = (0, [UInt8]())
    if case .answer(let answer) = outcome { (status, body) = (answer.status, answer.body) }
    counts[exchange.endpoint.name, default: [:]][status, default: 0] += 1
    let limit = settings.requestLogSize
    guard limit != 0 else { return }
    log.append(
      RequestLog.Entry(
        number: exchange.number, id: exchange.call.requestID, endpoint: exchange.endpoint.name, path: exchange.path,
        sent: RequestLog.kept(exchange.sent, limit: limit), headers: exchange.headers,
        idempotencyKey: exchange.call.idempotencyKey, received: exchange.received, answered: SimulatedClock.machineTime,
        status: status, answer: RequestLog.kept(body, limit: limit), fault: exchange.fault?.kind),
      limit: limit)
  }

  /// One that was not let in, or asked for what there is not.
  mutating func refuse(_ path: String, status: Int) {
    counts["refused", default: [:]][status, default: 0] += 1
  }
}
