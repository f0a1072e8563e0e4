/// All that was heard of an order, and the record that stands for it.
struct OrderBook {
  var events: Set<Message.Order> = []
  var recorded: (position: Int, at: Moment, metric: String)?

  /// When it was sent to radiology, and as what it is billed; `nil` while nothing shows that it was sent.
  var billing: (at: Moment, metric: String)? {
    let sorted = events.sorted { ($0.at, $0.eventID) < ($1.at, $1.eventID) }
    guard let sent = sorted.first(where: { $0.stage != .cancelled }) else { return nil }
    let isAdvanced =
      sorted.lazy.compactMap { $0.code.flatMap { Imaging.isAdvanced(code: $0) } }.first
      ?? sorted.lazy.compactMap { $0.modality.flatMap { Imaging.isAdvanced(modality: $0) } }.first ?? false
    return (sent.at, isAdvanced ? "radiology_advanced" : "radiology_standard")
  }
}

/// The words and codes that simulated orders use.
public enum Imaging {
  public static let modalities = ["X-RAY", "ULTRASOUND", "MRI", "CT", "CT Chest", "SPECT", "no such word"]
  public static let codes = ["71046", "73030", "74177", "77049", "70551", "99999"]

  static func isAdvanced(modality: String) -> Bool? {
    switch modality {
    case "MRI", "CT", "CT Chest", "SPECT": true
    case "X-RAY", "ULTRASOUND": false
    default: nil
    }
  }

  static func isAdvanced(code: String) -> Bool? {
    switch code {
    case "74177", "77049", "70551": true
    case "71046", "73030": false
    default: nil
    }
  }
}

extension CompanyBooks {
  /// An order is billed once in its life. What is heard later moves its record while that one's period is open.
  mutating func foldOrders(_ messages: [Message]) {
    var touched: Set<String> = []
    for case .order(let event) in messages {
      orders[event.order, default: OrderBook()].events.insert(event)
      touched.insert(event.order)
    }
    for name in touched.sorted() {
      guard var order = orders[name], let billing = order.billing else { continue }
      if let recorded = order.recorded {
        guard recorded != (recorded.position, billing.at, billing.metric) else { continue }
        guard period(of: recorded.at)?.isClosed != true else { continue }
        records[recorded.position].isVoided = true
      }
      order.recorded = (records.count, billing.at, billing.metric)
      records.append(
        Record(id: "order \(name)", metric: billing.metric, counted: Ratio(1), at: billing.at, subject: nil))
      orders[name] = order
    }
  }
}
