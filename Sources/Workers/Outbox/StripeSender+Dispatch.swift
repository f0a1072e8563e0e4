import Billing
import HTTP
import Outbox
import Stripe

extension StripeSender {
  /// Sends what tokens, room and leases allow.
  func dispatch(_ now: ContinuousClock.Instant) {
    prepareTokens(now)
    for endpoint in StripeEndpoint.allCases where endpoint != .meterEventStream {
      dispatch(endpoint, now)
    }
    dispatchStream(now)
  }

  private func prepareTokens(_ now: ContinuousClock.Instant) {
    var demand: [StripeEndpoint: Int] = [:]
    for (endpoint, queue) in queues where !queue.isEmpty { demand[endpoint] = queue.count }
    tokens.prepare(demand, now: now)
  }

  private func dispatch(_ endpoint: StripeEndpoint, _ now: ContinuousClock.Instant) {
    while let errand = queues[endpoint]?.first {
      guard case .request(let request) = errand.action, hasTime(errand, now: now) else {
        giveUpFirst(endpoint)
        continue
      }
      guard hasRoom(endpoint), tokens.take(endpoint, 1, now: now) else { return }
      _ = queues[endpoint]?.removeFirst()
      send(errand, request, now: now)
    }
  }

  private func giveUpFirst(_ endpoint: StripeEndpoint) {
    guard let errand = queues[endpoint]?.removeFirst() else { return }
    errand.giveUp()
    enqueue(errand)
  }

  // MARK: The stream

  private func dispatchStream(_ now: ContinuousClock.Instant) {
    while let waiting = queues[.meterEventStream]?.count, waiting > 0 {
      guard let token = session.token(now: now) else { return askForSession(now) }
      guard hasRoom(.meterEventStream) else { return }
      let room = min(StripeRequest.maximumStreamEvents, tokens.available(.meterEventStream, now: now))
      guard room >= tokens.worthwhile(.meterEventStream, waiting: waiting) else { return }
      let parts = fill(room, now)
      guard !parts.isEmpty else { continue }
      sendStream(parts, token, now)
    }
  }

  /// Waits for its answer without standing in the way of anything else.
  private func askForSession(_ now: ContinuousClock.Instant) {
    guard session.isToBeAsked(now: now) else { return }
    do {
      let id = try client.submit(.meterEventSession(key: EntryID(now: .current, using: &generator)))
      session.noteAsked()
      note(id, Flight(cargo: .session, endpoint: .meterEventSession, sentAt: now))
    } catch {
      session.note(.failure(error), now: now)
    }
  }

  private typealias Part = (errand: Errand, events: [AddressedMeterEvent])

  /// Whole runs of waiting errands, as many as there is room for.
  private func fill(_ room: Int, _ now: ContinuousClock.Instant) -> [Part] {
    var parts: [Part] = []
    var room = room
    while room > 0, let errand = queues[.meterEventStream]?.first {
      guard hasTime(errand, now: now) else {
        giveUpFirst(.meterEventStream)
        continue
      }
      let run = errand.streamRun(now: .current)
      guard run.count <= room || parts.isEmpty else { break }
      _ = queues[.meterEventStream]?.removeFirst()
      parts.append((errand, Array(run.prefix(room))))
      room -= min(run.count, room)
    }
    return parts
  }

  private func sendStream(_ parts: [Part], _ token: StripeKey, _ now: ContinuousClock.Instant) {
    let events = parts.flatMap(\.events)
    let cargo = parts.map { (errand: $0.errand, count: $0.events.count) }
    // Slots were counted before; fewer of them than events cannot be.
    _ = tokens.take(.meterEventStream, events.count, now: now)
    guard let request = StripeRequest.meterEventStream(events, key: EntryID(now: .current, using: &generator)) else {
      return
    }
    do {
      let id = try client.submit(request, session: token)
      for part in parts { part.errand.noteSent() }
      note(id, Flight(cargo: .stream(cargo), endpoint: .meterEventStream, sentAt: now))
    } catch {
      takeStream(cargo, .failure(error))
    }
  }

  /// The end of a stream request.
  func takeStream(
    _ parts: [(errand: Errand, count: Int)], _ result: Result<StripeAnswer, StripeTransportFailure>
  ) {
    if case .retry(_, .sessionExpired, _) = classify(.meterEventStream, result) { session.noteExpired() }
    var answer: Answer?
    if case .success(let success) = result { answer = Answer(status: success.status, requestID: success.requestID) }
    for part in parts {
      part.errand.streamed(part.count, result, answer: answer, now: .current, using: &generator)
      enqueue(part.errand)
    }
  }
}
