import AMQP
import Billing

/// A message that could not be processed, as its queue of dead letters holds it; without its body.
public struct DeadLetter: Sendable, Hashable {
  /// The queue that holds it.
  public let queue: String
  /// Its place in that queue, from 1. Places move when letters before it are requeued or discarded.
  public let position: Int
  /// A stable code: the worker's, or the broker's (`rejected`, `expired`, `delivery_limit`, `maxlen`); `unknown` where
  /// nobody said.
  public let reason: String
  /// Which schema field broke which rule; `nil` for what the broker dead-lettered.
  public let detail: String?
  /// Where it was to be processed; `nil` where nobody said, and it cannot be requeued.
  public let originalQueue: String?
  public let rejectedAt: Instant?
  /// Of the body, in bytes.
  public let size: Int
  /// The publisher's id of the message.
  public let messageID: String?
  /// Whether it has all the headers that a worker's dead letter has, and no others: then `detail` is this product's text.
  public let isWorkers: Bool
}

extension DeadLetter {
  /// Headers that tell of a former life; a requeued message begins anew.
  static let headersOfDeath: Set<String> = [
    "x-reason", "x-detail", "x-original-queue", "x-rejected-at", "x-death", "x-first-death-exchange",
    "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange", "x-last-death-queue",
    "x-last-death-reason", "x-delivery-count", "x-acquired-count", Publisher.sequenceHeader,
  ]

  private static let workersHeaders: Set<String> = ["x-reason", "x-detail", "x-original-queue", "x-rejected-at"]
  /// The broker's and the publisher's own, beside them.
  private static let unmeaningHeaders: Set<String> = [
    "x-delivery-count", "x-acquired-count", Publisher.sequenceHeader,
  ]

  init(_ delivery: Delivery, queue: String, position: Int) {
    self.queue = queue
    self.position = position
    let headers = delivery.properties?.headers ?? [:]
    size = delivery.body.count
    messageID = delivery.properties?.messageID
    isWorkers = Set(headers.keys).subtracting(Self.unmeaningHeaders) == Self.workersHeaders && messageID == nil
    // The broker's own account of it, the latest event first. Where there is one, all other headers are the publisher's;
    // unless it is about a later stay in this queue.
    let death = headers["x-death"]?.arrayValue?.first?.tableValue
    let isBrokers = death.map { $0["queue"]?.stringValue != queue } ?? false
    if !isBrokers, let reason = headers["x-reason"]?.stringValue {
      self.reason = reason
      detail = headers["x-detail"]?.stringValue
      originalQueue = headers["x-original-queue"]?.stringValue
      rejectedAt = headers["x-rejected-at"].flatMap(Self.instant)
    } else {
      reason = death?["reason"]?.stringValue ?? "unknown"
      detail = nil
      originalQueue = death?["queue"]?.stringValue
      rejectedAt = death?["time"].flatMap(Self.instant)
    }
  }

  private static func instant(_ value: FieldValue) -> Instant? {
    switch value {
    case .string(let text): Instant(text)
    case .timestamp(let seconds):
      // A clock that is out by ages is shown as none.
      seconds < 253_402_300_800 ? Instant(microseconds: Int64(seconds) * 1_000_000) : nil
    default: nil
    }
  }
}
