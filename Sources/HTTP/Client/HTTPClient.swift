internal import CCurl

/// Sends many requests at once from one thread.
///
/// It belongs to the thread that uses it; only its `waker` may be used from others. Connections are kept and used again;
/// HTTP/2 is spoken over TLS where the peer offers it, with many requests on a connection. Certificates are always
/// verified, redirects are never followed, cookies are not kept.
///
///     let id = try client.submit(HTTPClient.Request(.get, "https://example.org/"))
///     for completion in try client.poll(timeout: .seconds(1)) { … }
///
/// A `POST`, or anything else than `GET` and `HEAD`, is never sent twice by the client itself, not even where a kept
/// connection turns out to be closed: whether it may be repeated only the caller knows.
///
/// The process must ignore SIGPIPE, as every server does: a write to a connection that the peer has closed raises it.
public final class HTTPClient {
  /// Wakes the owner out of `poll`.
  public let waker: HTTPClientWaker
  /// Connections opened so far; fewer than requests where connections are used again.
  public private(set) var connectionsOpened = 0

  private let configuration: Configuration
  private let multi: UnsafeMutableRawPointer
  private var transfers: [ID: Transfer] = [:]
  private var idsByHandle: [UnsafeMutableRawPointer: ID] = [:]
  /// Complete, and not yet returned to the caller.
  private var ended: [ID] = []
  /// Handles of ended transfers: making one costs more than many a request.
  private var spareHandles: [UnsafeMutableRawPointer] = []
  private var lastNumber: UInt64 = 0
  /// The URL that was checked last: many requests in a row go to the same.
  private var lastChecked: (url: String, origin: String)?

  private static let maximumSpares = 256
  private static let isLibraryReady = ccurl_global_init() == CURLE_OK

  /// - Throws: `invalidRequest` for a configuration that cannot be used, `unavailable`.
  public init(_ configuration: Configuration) throws(HTTPError) {
    guard HTTPHeaders.Field("User-Agent", configuration.userAgent).isSendable else {
      throw HTTPError(.invalidRequest("the user agent has a control character"))
    }
    guard Self.isLibraryReady, let multi = curl_multi_init() else {
      throw HTTPError(.unavailable("the HTTP library could not be started"))
    }
    self.configuration = configuration
    self.multi = multi
    waker = HTTPClientWaker(multi)
    let limit = configuration.maximumConnectionsPerHost
    ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limit)
    // By default idle connections are kept for four times the requests in flight, which is none for a pause's length.
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limit * 2)
  }

  deinit {
    waker.invalidate()
    for transfer in transfers.values {
      curl_multi_remove_handle(multi, transfer.handle)
      curl_easy_cleanup(transfer.handle)
    }
    for handle in spareHandles { curl_easy_cleanup(handle) }
    curl_multi_cleanup(multi)
  }

  /// Requests submitted and not yet returned by `poll`, nor cancelled.
  public var inFlight: Int { transfers.count }

  /// Starts a request. It makes progress in `poll` only.
  ///
  /// - Throws: `invalidRequest`, `unavailable`. Everything else is in the completion.
  public func submit(_ request: Request) throws(HTTPError) -> ID {
    let origin = try origin(of: request.url)
    guard let handle = spareHandles.popLast() ?? curl_easy_init() else {
      throw HTTPError(.unavailable("out of memory"), origin: origin)
    }
    let transfer = Transfer(request, configuration, handle: handle, origin: origin)
    do throws(HTTPError) {
      try transfer.prepare()
      let status = curl_multi_add_handle(multi, handle)
      guard status == CURLM_OK else { throw HTTPError(.unavailable(Self.text(status)), origin: origin) }
    } catch {
      curl_easy_cleanup(handle)
      throw error
    }
    lastNumber += 1
    let id = ID(number: lastNumber)
    transfers[id] = transfer
    idsByHandle[handle] = id
    return id
  }

  private func origin(of url: String) throws(HTTPError) -> String {
    if let lastChecked, lastChecked.url == url { return lastChecked.origin }
    let origin = try RequestURL.origin(of: url)
    lastChecked = (url, origin)
    return origin
  }

  /// Works on all requests until one is complete, the time is over, or the waker is used.
  ///
  /// - Parameter timeout: how long to wait for the first completion; zero takes what is there.
  /// - Throws: `unavailable`.
  public func poll(timeout: Duration) throws(HTTPError) -> [Completion] {
    let end = ContinuousClock.now + max(timeout, .zero)
    while true {
      var running: Int32 = 0
      try check(curl_multi_perform(multi, &running))
      let completions = collect()
      if !completions.isEmpty { return completions }
      let rest = ContinuousClock.now.duration(to: end)
      if rest <= .zero || waker.takeCall() { return [] }
      try check(curl_multi_poll(multi, nil, 0, Int32(clamping: min(rest, .seconds(60)).wholeMilliseconds), nil))
    }
  }

  /// Gives a request up. What was sent was sent; the connection is closed unless others use it.
  ///
  /// - Returns: whether it was still in flight.
  @discardableResult
  public func cancel(_ id: ID) -> Bool {
    guard let transfer = transfers.removeValue(forKey: id) else { return false }
    release(transfer)
    return true
  }

  /// Sends one request and waits for its end. Completions of others stay for `poll`.
  public func perform(_ request: Request) throws(HTTPError) -> HTTPResponse {
    let id = try submit(request)
    while true {
      var running: Int32 = 0
      try check(curl_multi_perform(multi, &running))
      keepEnded()
      if let result = transfers[id]?.result {
        cancel(id)
        return try result.get()
      }
      try check(curl_multi_poll(multi, nil, 0, 1000, nil))
    }
  }

  // MARK: Ends of transfers

  private func collect() -> [Completion] {
    keepEnded()
    let completions = ended.compactMap { id in
      transfers[id]?.result.map { Completion(id: id, result: $0) }
    }
    ended = []
    for completion in completions { cancel(completion.id) }
    return completions
  }

  /// Takes from the library which transfers have ended, and how.
  private func keepEnded() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let id = idsByHandle[handle], let transfer = transfers[id]
      else { continue }
      var opened = 0
      ccurl_get_long(handle, CURLINFO_NUM_CONNECTS, &opened)
      connectionsOpened += opened
      transfer.end(ccurl_message_result(message))
      ended.append(id)
    }
  }

  private func release(_ transfer: Transfer) {
    idsByHandle[transfer.handle] = nil
    curl_multi_remove_handle(multi, transfer.handle)
    transfer.forget()
    if spareHandles.count < Self.maximumSpares {
      curl_easy_reset(transfer.handle)
      spareHandles.append(transfer.handle)
    } else {
      curl_easy_cleanup(transfer.handle)
    }
  }

  private func check(_ status: CURLMcode) throws(HTTPError) {
    guard status == CURLM_OK else { throw HTTPError(.unavailable(Self.text(status)), mayHaveBeenSent: true) }
  }

  private static func text(_ status: CURLMcode) -> String { String(cString: curl_multi_strerror(status)) }
}

extension Duration {
  /// Rounded up, so that a positive wait is not turned into none.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    return overflow
      ? (seconds < 0 ? 0 : Int.max / 2)
      : Int(milliseconds + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
