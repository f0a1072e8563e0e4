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

    let front: Front

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
