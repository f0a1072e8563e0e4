import HTTP
import JSON

/// What tests in the same process do with a simulator; the control endpoints do the same over HTTP.
extension Simulator {
  /// Stripe's time.
  public var clock: Clock { Clock(front: front) }
  /// What goes wrong.
  public var faults: Faults { Faults(front: front) }
  /// What came of the calls.
  public var effects: Effects { Effects(front: front) }

  /// Forgets everything but the settings.
  public func reset() { front.withWorld { $0.reset() } }

  public struct Clock: Sendable {
    let front: Front

    /// Microseconds since 1970.
    public var now: Int64 { front.withWorld { $0.clock.now } }

    /// - Parameters:
    ///   - time: microseconds since 1970.
    ///   - isStanding: whether it stays there.
    public func set(_ time: Int64, isStanding: Bool = false) {
      front.withWorld { world in
        world.clock.set(time, isStanding: isStanding)
        world.advance()
      }
    }

    public func advance(by time: Duration) {
      front.withWorld { world in
        world.clock.advance(by: time.wholeMicroseconds)
        world.advance()
      }
    }
  }

  public struct Faults: Sendable {
    let front: Front

    public func add(_ rule: FaultRule) { front.withWorld { $0.faults.add(rule) } }

    public func clear() { front.withWorld { $0.faults.clear() } }

    /// How often each came.
    public var counts: [Fault.Kind: Int] { front.withWorld { $0.faults.counts } }
  }

  public struct Effects: Sendable {
    /// A meter event that was taken.
    public struct MeterEvent: Sendable, Equatable {
      public let identifier: String
      public let eventName: String
      public let customer: String?
      /// Shortest digits.
      public let value: String
      /// Seconds since 1970.
      public let timestamp: Int
      /// Why it does not count; `nil` where it does.
      public let error: String?
      public let isCancelled: Bool
    }

    /// A call that was answered, or hung up on.
    public struct Request: Sendable {
      /// `POST /v1/customers`.
      public let endpoint: String
      public let path: String
      /// A form or JSON, as it was sent.
      public let parameters: [UInt8]
      public let headers: HTTPHeaders
      public let idempotencyKey: String?
      /// Microseconds since 1970, of the machine's clock.
      public let received: Int64
      /// 0 where the connection was reset.
      public let status: Int
      public let answer: [UInt8]
      public let fault: Fault.Kind?
    }

    let front: Front

    /// Those that are kept, in the order of their answers.
    public var requests: [Request] {
      front.withWorld { world in
        world.traffic.log.all.map { entry in
          Request(
            endpoint: entry.endpoint, path: entry.path, parameters: entry.sent, headers: entry.headers,
            idempotencyKey: entry.idempotencyKey, received: entry.received, status: entry.status, answer: entry.answer,
            fault: entry.fault)
        }
      }
    }

    /// Every object of a kind, the oldest first, as Stripe shows it.
    ///
    /// - Parameter kind: as the control endpoints name it: `customers`, `meters`, `events`.
    /// - Returns: empty for an unknown kind.
    public func objects(_ kind: String) -> [JSONValue] {
      let documents = front.withWorld { world in
        (world.objects(kind) ?? []).map { object in
          var json = JSONWriter()
          json.object { object.writeMembers(to: &$0) }
          return json.bytes
        }
      }
      return documents.compactMap { try? JSONValue.parse($0) }
    }

    /// In the order of their arrival.
    public var meterEvents: [MeterEvent] {
      front.withWorld { world in
        world.usage.arrivals.map { arrival in
          MeterEvent(
            identifier: arrival.identifier, eventName: arrival.eventName, customer: arrival.customer,
            value: arrival.value.description, timestamp: arrival.timestamp, error: arrival.error?.rawValue,
            isCancelled: arrival.isCancelled)
        }
      }
    }

    /// How often two calls for a customer and meter were in flight.
    public var violations: Int { front.withWorld { $0.violations.count } }

    /// The most meter events, by whichever way, that arrived in any second.
    public var mostMeterEventsInASecond: Int { front.withWorld { $0.traffic.meterEvents.maximum } }
  }
}
