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

  /// Bytes of a request's parameters that are kept where not all requests are.
  static let excerpt = 2048

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
