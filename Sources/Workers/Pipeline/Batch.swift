import AMQP

/// Deliveries taken together: written in one transaction, acknowledged at once.
struct Batch {
  private(set) var deliveries: [Delivery] = []
  /// Tags of messages over the size limit, whose bodies were skipped.
  private(set) var oversized: [UInt64] = []
  private(set) var byteCount = 0
  /// The most failed deliveries that one of them had.
  private(set) var failures = 0

  var count: Int { deliveries.count + oversized.count }
  var isEmpty: Bool { count == 0 }

  /// A delivery's failed attempts; classic queues tell only that there were some.
  static func failures(of delivery: Delivery) -> Int {
    max(delivery.deliveryCount, delivery.isRedelivered ? 1 : 0)
  }

  mutating func append(_ delivery: Delivery) {
    deliveries.append(delivery)
    byteCount += delivery.body.count
    failures = max(failures, Self.failures(of: delivery))
  }

  mutating func append(oversized tag: UInt64) { oversized.append(tag) }
}
