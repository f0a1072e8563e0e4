import Billing

/// One good test message.
public struct LoadRecord: Sendable, Hashable {
  public let usageID: String
  public let company: String
  public let metric: String
  /// A decimal.
  public let quantity: String
  public var timestamp: Instant
  public let user: Int?
  public let subject: Int?

  /// The message's body.
  public func body(number: Int) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(320)
    body.append(literal: "{\"usageId\":\"")
    body.append(text: usageID)
    body.append(literal: "\",\"companyId\":\"")
    body.append(text: company)
    body.append(literal: "\",\"metric\":\"")
    body.append(text: metric)
    body.append(literal: "\",\"quantity\":")
    body.append(text: quantity)
    body.append(literal: ",\"timestamp\":\"")
    body.append(timestamp)
    if let user {
      body.append(literal: "\",\"userId\":\"user-")
      body.append(user)
      body.append(literal: "\",\"subscriptionId\":\"subscription-")
      body.append(user)
    }
    if let subject {
      body.append(literal: "\",\"subjectId\":\"subject-")
      body.append(subject)
    }
    body.append(literal: "\",\"metadata\":{\"orderId\":\"ord-")
    body.append(number)
    body.append(literal: "\",\"endpoint\":\"/v1/orders\"}}")
    return body
  }
}

extension [UInt8] {
  fileprivate mutating func append(literal text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  fileprivate mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(contentsOf: $0) }
  }

  fileprivate mutating func append(_ number: Int) { append(text: String(number)) }

  /// `2025-01-15T12:00:00.123Z`; the general way through text costs more than all the rest of the message.
  fileprivate mutating func append(_ instant: Instant) {
    let day = instant.date
    let (year, month, date) = day.components
    let rest = Int(instant.microseconds - day.start.microseconds) / 1000
    append(padded: year, 4)
    append(UInt8(ascii: "-"))
    append(padded: month, 2)
    append(UInt8(ascii: "-"))
    append(padded: date, 2)
    append(UInt8(ascii: "T"))
    append(padded: rest / 3_600_000, 2)
    append(UInt8(ascii: ":"))
    append(padded: rest / 60_000 % 60, 2)
    append(UInt8(ascii: ":"))
    append(padded: rest / 1000 % 60, 2)
    append(UInt8(ascii: "."))
    append(padded: rest % 1000, 3)
    append(UInt8(ascii: "Z"))
  }

  private mutating func append(padded number: Int, _ width: Int) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }
}
