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
    var status = 0
    if case .answer(let answer) = outcome { status = answer.status }
    counts[exchange.endpoint.name, default: [:]][status, default: 0] += 1
    log.append(
      RequestLog.Entry(
        number: exchange.number, id: exchange.call.requestID, endpoint: exchange.endpoint.name, path: exchange.path,
        sent: exchange.sent, idempotencyKey: exchange.call.idempotencyKey, received: exchange.received,
        answered: SimulatedClock.machineTime, status: status, fault: exchange.fault?.kind),
      limit: settings.requestLogSize)
  }

  /// One that was not let in, or asked for what there is not.
  mutating func refuse(_ path: String, status: Int) {
    counts["refused", default: [:]][status, default: 0] += 1
  }
}

/// The most that came within any second.
struct SlidingMaximum: Sendable {
  private(set) var total = 0
  private(set) var maximum = 0
  /// By second of machine time, in order.
  private(set) var seconds: [(second: Int, count: Int)] = []
  private var window: [(time: Int64, count: Int)] = []
  private var oldest = 0
  private var inWindow = 0

  mutating func add(_ count: Int, at time: Int64) {
    total += count
    window.append((time, count))
    inWindow += count
    while window[oldest].time <= time - 1_000_000 {
      inWindow -= window[oldest].count
      oldest += 1
    }
    if oldest > 4096, oldest > window.count / 2 {
      window.removeFirst(oldest)
      oldest = 0
    }
    maximum = max(maximum, inWindow)
    let second = Int(time / 1_000_000)
    if let last = seconds.last, last.second >= second {
      seconds[seconds.count - 1].count += count
    } else {
      seconds.append((second, count))
    }
  }
}

/// Requests as they came, the newest last; so many at most.
struct RequestLog: Sendable {
  struct Entry: Sendable {
    /// In the order of arrival.
    let number: Int
    let id: String
    let endpoint: String
    let path: String
    let sent: [UInt8]
    let idempotencyKey: String?
    /// Machine time, microseconds.
    let received: Int64
    let answered: Int64
    /// 0 where the connection was reset.
    let status: Int
    let fault: Fault.Kind?
  }

  private var entries: [Entry] = []
  /// Where the oldest is, once it is full.
  private var start = 0

  mutating func append(_ entry: Entry, limit: Int?) {
    guard limit != 0 else { return }
    guard let limit, entries.count >= limit else {
      entries.append(entry)
      return
    }
    entries[start] = entry
    start = (start + 1) % entries.count
  }

  /// In the order of their answers.
  var all: some Sequence<Entry> { [entries[start...], entries[..<start]].joined() }
}

/// Two calls in flight for what Stripe takes one at a time.
struct Violation: Sendable {
  /// Customer and event name.
  let name: String
  /// Requests by number.
  let first: Int
  /// What befell the first, if it was held up by the simulator itself.
  let firstFault: Fault.Kind?
  let second: Int
  /// The second's arrival; machine time, microseconds.
  let received: Int64
}
