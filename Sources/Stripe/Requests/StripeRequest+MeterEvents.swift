import Billing
import JSON
import Outbox

/// A meter event with what Stripe has to be told besides.
public struct AddressedMeterEvent: Hashable, Sendable {
  public let event: MeterEvent
  /// Its identifier: the key that a retry, however it is sent, cannot count twice within a day.
  public let id: EntryID
  public let customer: RemoteID

  public init(_ event: MeterEvent, id: EntryID, customer: RemoteID) {
    self.event = event
    self.id = id
    self.customer = customer
  }
}

extension StripeRequest {
  /// Stripe takes so many events in one request of the stream.
  public static let maximumStreamEvents = 100

  /// `POST /v1/billing/meter_events`.
  ///
  /// - Parameter attempt: the idempotency key is of the attempt. The identifier is what counts it once; under one key for
  ///   all attempts, a saved error would come back for a day.
  static func meterEvent(_ addressed: AddressedMeterEvent, attempt: Int) -> StripeRequest {
    var parameters = StripeParameters()
    parameters.add("event_name", addressed.event.metric)
    parameters.add("payload[stripe_customer_id]", addressed.customer)
    parameters.add("payload[value]", addressed.event.value)
    parameters.add("identifier", addressed.id)
    parameters.add("timestamp", addressed.event.timestamp.wholeSeconds)
    return StripeRequest(
      post: "/v1/billing/meter_events", .parameters(parameters), key: "\(addressed.id)-\(attempt)",
      endpoint: .meterEvents)
  }

  /// `POST /v2/billing/meter_event_session`: asks for a token, good for 15 minutes.
  public static func meterEventSession(key: EntryID) -> StripeRequest {
    StripeRequest(
      post: "/v2/billing/meter_event_session", .json(Array("{}".utf8)), key: StripeText(key),
      endpoint: .meterEventSession)
  }

  /// `POST /v2/billing/meter_event_stream`: up to 100 events, authorized by a session's token.
  ///
  /// - Returns: `nil` for no events, or more than Stripe takes.
  public static func meterEventStream(_ events: [AddressedMeterEvent], key: EntryID) -> StripeRequest? {
    guard (1...maximumStreamEvents).contains(events.count) else { return nil }
    var json = JSONWriter()
    json.object {
      $0.key("events")
      $0.array { json in
        for addressed in events { encode(addressed, into: &json) }
      }
    }
    return StripeRequest(
      post: "/v2/billing/meter_event_stream", .json(json.bytes), key: StripeText(key), host: .meterEvents,
      endpoint: .meterEventStream)
  }

  private static func encode(_ addressed: AddressedMeterEvent, into json: inout JSONWriter) {
    json.object {
      $0.field("event_name", StripeText(addressed.event.metric).text)
      $0.key("payload")
      $0.object {
        $0.field("stripe_customer_id", StripeText(addressed.customer).text)
        $0.field("value", StripeText(addressed.event.value).text)
      }
      $0.field("identifier", StripeText(addressed.id).text)
      $0.field("timestamp", addressed.event.timestamp.description)
    }
  }
}

extension Instant {
  /// Seconds since 1970, as v1 writes times.
  var wholeSeconds: Int64 { microseconds / Self.microsecondsPerSecond }
}
