import Billing
import JSON
import Outbox

/// Of Stripe's report nothing is kept but names that it gave, numbers, times, and codes in our own words: its messages
/// quote what was sent.
extension RejectionReport {
  static let types: [StaticString] = ["v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"]

  /// Reads an answer to `StripeRequest.rejection`.
  ///
  /// - Returns: `nil` when it is no answer to that: ask again.
  public init?(_ answer: StripeAnswer, to listed: RejectionPage.Listed, now: Instant) {
    // Older than what Stripe keeps, as Stripe itself says: that it was there is all that is known.
    if answer.status == 404, answer.error != nil, listed.createdAt < now.adding(days: -Self.listedDays) {
      self.init(unreadable: listed.event, createdAt: listed.createdAt)
      return
    }
    guard answer.isSuccess, let body = answer.body, body["object"]?.text == "v2.core.event",
      body["id"]?.remoteID == listed.event
    else { return nil }
    guard let data = body["data"], let start = data["validation_start"]?.instant,
      let end = data["validation_end"]?.instant, start <= end, let kinds = Self.kinds(data["reason"])
    else {
      // It may be read later, by another release if need be.
      self.init(unreadable: listed.event, createdAt: listed.createdAt)
      return
    }
    self.init(
      event: listed.event, createdAt: listed.createdAt, meter: body["related_object"]?["id"]?.remoteID,
      window: start...end, kinds: kinds)
  }

  private static func kinds(_ reason: JSONValue?) -> [Kind]? {
    guard let types = reason?["error_types"]?.elements, !types.isEmpty else { return nil }
    var kinds: [Kind] = []
    for type in types {
      guard let code = type["code"]?.text, let count = type["error_count"]?.count else { return nil }
      let problem = Problem(rejection: code)
      let place = kinds.firstIndex { $0.problem == problem } ?? kinds.count
      if place == kinds.count { kinds.append(Kind(problem, events: 0)) }
      let samples = type["sample_errors"]?.elements ?? []
      // Whatever is not named is counted, by Stripe's number or, were that too small, by its samples.
      kinds[place].events += max(count, Int64(samples.count))
      for sample in samples {
        guard let id = entry(sample["request"]), !kinds[place].named.contains(id) else { continue }
        kinds[place].named.append(id)
      }
    }
    return kinds
  }

  /// Stripe's documents have the event's identifier in `identifier`, call it the request's idempotency key, and show it as
  /// `idempotency_key` in places. Both begin with the entry's id in our requests (`StripeRequest.meterEvent`).
  private static func entry(_ request: JSONValue?) -> EntryID? {
    guard let text = request?["identifier"]?.text ?? request?["idempotency_key"]?.text else { return nil }
    let (id, rest) = (text.prefix(36), text.dropFirst(36))
    let isAttempt = rest.first == "-" && rest.count > 1 && rest.dropFirst().allSatisfy { ("0"..."9").contains($0) }
    return rest.isEmpty || isAttempt ? EntryID(String(id)) : nil
  }
}

/// A page of the list of reports, whose contents are asked for one by one: the list may leave them out.
public struct RejectionPage: Sendable {
  public struct Listed: Hashable, Sendable {
    public let event: RemoteID
    public let createdAt: Instant

    public init(event: RemoteID, createdAt: Instant) {
      self.event = event
      self.createdAt = createdAt
    }
  }

  /// The newest first.
  public let events: [Listed]
  /// For the page that follows; `nil` on the last.
  public let next: StripeRequest?

  /// `nil` when the answer is no such list.
  public init?(_ answer: StripeAnswer) {
    guard answer.isSuccess, let body = answer.body, let objects = body["data"]?.elements else { return nil }
    var events: [Listed] = []
    for object in objects {
      guard let type = object["type"]?.text else { return nil }
      guard RejectionReport.types.contains(where: { $0.description == type }) else { continue }
      guard let event = object["id"]?.remoteID, let created = object["created"]?.instant else { return nil }
      events.append(Listed(event: event, createdAt: created))
    }
    self.events = events
    guard let following = body["next_page_url"]?.text else {
      next = nil
      return
    }
    guard let path = StripeEventsPath(following) else { return nil }
    next = .rejections(page: path)
  }
}

/// The path of a page as Stripe gave it, to be asked for as it is.
struct StripeEventsPath: Outbound {
  let outboundText: String

  /// `nil` for anything but a query of the list of events.
  init?(_ text: String) {
    let path = "/v2/core/events?"
    guard text.hasPrefix(path), text.utf8.count <= 8192 else { return nil }
    let others = Set("-._~%=&+[]:,".utf8)
    guard
      text.utf8.dropFirst(path.utf8.count).allSatisfy({ byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: others.contains(byte)
        }
      })
    else { return nil }
    outboundText = text
  }
}

extension JSONValue {
  fileprivate var instant: Instant? { text.flatMap { Instant($0) } }

  /// A number of events: more than a billion is none.
  fileprivate var count: Int64? {
    guard let count = digits.flatMap({ Int64($0) }), (0...1_000_000_000).contains(count) else { return nil }
    return count
  }
}
