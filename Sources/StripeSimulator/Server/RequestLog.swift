import HTTP

/// Requests as they came, the newest last; so many at most.
struct RequestLog: Sendable {
  struct Entry: Sendable {
    /// In the order of arrival.
    let number: Int
    let id: String
    let endpoint: String
    let path: String
    let sent: [UInt8]
    let headers: HTTPHeaders
    let idempotencyKey: String?
    /// Machine time, microseconds.
    let received: Int64
    let answered: Int64
    /// 0 where the connection was reset.
    let status: Int
    /// Empty where there was none.
    let answer: [UInt8]
    let fault: Fault.Kind?
  }

  /// Bytes of a request's parameters, and of its answer, that are kept where not all requests are.
  private static let excerpt = 2048

  private var entries: [Entry] = []
  /// Where the oldest is, once it is full.
  private var start = 0

  mutating func append(_ entry: Entry, limit: Int?) {
    guard let limit, entries.count >= limit else {
      entries.append(entry)
      return
    }
    entries[start] = entry
    start = (start + 1) % entries.count
  }

  /// What is kept of parameters or an answer.
  static func kept(_ bytes: [UInt8], limit: Int?) -> [UInt8] {
    limit == nil || bytes.count <= excerpt ? bytes : Array(bytes.prefix(excerpt))
  }

  /// In the order of their answers.
  var all: some Sequence<Entry> { [entries[start...], entries[..<start]].joined() }
}
