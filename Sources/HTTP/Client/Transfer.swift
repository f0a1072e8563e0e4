internal import CCurl

/// One request on its way: what is sent, what has been received, how it ended. The library's callbacks point here.
final class Transfer {
  let handle: UnsafeMutableRawPointer
  private(set) var result: Result<HTTPResponse, HTTPError>?

  private let request: HTTPClient.Request
  private let configuration: HTTPClient.Configuration
  private let origin: String
  /// The library reads the body from here until the transfer has ended.
  private let body: UnsafeMutableBufferPointer<UInt8>
  private let errorText = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var headerList: UnsafeMutablePointer<curl_slist>?

  private var headers = HTTPHeaders()
  private var headerBytes = 0
  private var received: [UInt8] = []
  private var isTooLarge = false
  private var mayHaveBeenSent = false

  init(
    _ request: HTTPClient.Request, _ configuration: HTTPClient.Configuration, handle: UnsafeMutableRawPointer,
    origin: String
  ) {
    self.request = request
    self.configuration = configuration
    self.handle = handle
    self.origin = origin
    body = .allocate(capacity: request.body.count)
    _ = body.initialize(from: request.body)
    errorText.initialize(repeating: 0)
  }

  deinit {
    forget()
    body.deallocate()
    errorText.deallocate()
  }

  /// Lets go of what the library was given; the handle must not be in use any more.
  func forget() {
    curl_slist_free_all(headerList)
    headerList = nil
  }

  // MARK: Sending

  /// Tells the library everything about the request.
  func prepare() throws(HTTPError) {
    try setMethodAndBody()
    try setHeaders()
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_HTTP_VERSION, Int(CCURL_HTTP_2_TLS))
    // Rather a stream on a connection that is being made than another connection.
    try set(CURLOPT_PIPEWAIT, 1)
    try set(CURLOPT_USERAGENT, configuration.userAgent)
    // An empty proxy keeps those of the environment out.
    try set(CURLOPT_PROXY, configuration.proxy ?? "")
    try set(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout))
    try set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(configuration.connectTimeout))
    try setSecurity()
    try setCallbacks()
  }

  private func setMethodAndBody() throws(HTTPError) {
    switch request.method {
    case .get: try set(CURLOPT_HTTPGET, 1)
    case .head: try set(CURLOPT_NOBODY, 1)
    case .post, .put, .patch, .delete: break
    }
    guard request.method != .get && request.method != .head else {
      guard request.body.isEmpty else { throw error(.invalidRequest("a \(request.method.rawValue) with a body")) }
      return
    }
    if request.method != .delete || !request.body.isEmpty {
      try set(CURLOPT_POST, 1)
      try check(ccurl_set_large(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
      // An empty body needs an address as well, or the library would ask for the bytes.
      if let start = body.baseAddress, !body.isEmpty {
        try check(ccurl_set_pointer(handle, CURLOPT_POSTFIELDS, start))
      } else {
        try set(CURLOPT_COPYPOSTFIELDS, "")
      }
    }
    if request.method != .post { try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
  }

  private func setHeaders() throws(HTTPError) {
    // No waiting for "100 Continue", and no content type that the caller did not give.
    var lines = ["Expect:"]
    if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
    for field in request.headers.fields {
      guard field.isSendable else { throw error(.invalidRequest("a header's name or value cannot be sent")) }
      lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    for line in lines {
      guard let longer = curl_slist_append(headerList, line) else { throw error(.unavailable("out of memory")) }
      headerList = longer
    }
    try check(ccurl_set_list(handle, CURLOPT_HTTPHEADER, headerList))
  }

  private func setSecurity() throws(HTTPError) {
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_SSLVERSION, Int(CCURL_TLS_1_2))
    guard let file = configuration.authoritiesFile else { return }
    try set(CURLOPT_CAINFO, file)
    // Otherwise the system's folder of authorities would be trusted as well.
    try check(ccurl_set_text(handle, CURLOPT_CAPATH, nil))
  }

  private func setCallbacks() throws(HTTPError) {
    // The client keeps this object for as long as the library has the handle.
    let context = Unmanaged.passUnretained(self).toOpaque()
    for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_PREREQDATA] {
      try check(ccurl_set_pointer(handle, option, context))
    }
    try check(ccurl_set_receiver(handle, CURLOPT_WRITEFUNCTION, bodyArrived))
    try check(ccurl_set_receiver(handle, CURLOPT_HEADERFUNCTION, headerArrived))
    try check(ccurl_set_before_request(handle, requestBegins))
    try check(ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText.baseAddress))
  }

  private func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
    try check(ccurl_set_long(handle, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
    guard !value.utf8.contains(0) else { throw error(.invalidRequest("a text has a zero byte")) }
    try check(ccurl_set_text(handle, option, value))
  }

  private func check(_ code: CURLcode) throws(HTTPError) {
    guard code != CURLE_OK else { return }
    throw error(.unavailable(String(cString: curl_easy_strerror(code))))
  }

  /// Zero would mean "for ever" to the library.
  private static func milliseconds(_ duration: Duration) -> Int {
    min(max(duration.wholeMilliseconds, 1), 24 * 3600 * 1000)
  }

  // MARK: Receiving

  fileprivate func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
    headerBytes += bytes.count
    guard headerBytes <= configuration.maximumHeaderSize else {
      isTooLarge = true
      return false
    }
    let line = bytes.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    // The status line of an interim answer (103, say) is followed by that of another.
    if line.starts(with: "HTTP/".utf8) {
      headers = HTTPHeaders()
    } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
      headers.add(Self.trimmed(line[..<colon]), Self.trimmed(line[(colon + 1)...]))
    }
    return true
  }

  fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard received.count + bytes.count <= configuration.maximumBodySize else {
      isTooLarge = true
      return false
    }
    received.append(contentsOf: bytes)
    return true
  }

  /// The connection is there, and the request goes out next.
  ///
  /// - Returns: whether it may.
  fileprivate func begin() -> Bool {
    // The library comes here again when a kept connection was closed by the peer: whether that had seen the request is
    // not known.
    guard !mayHaveBeenSent || request.method.isSafelyRepeated else { return false }
    mayHaveBeenSent = true
    return true
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var bytes = bytes.drop(while: isSpace)
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: The end

  func end(_ code: CURLcode) {
    var status = 0
    if code == CURLE_OK { ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status) }
    result =
      code == CURLE_OK
      ? .success(HTTPResponse(status: status, headers: headers, body: received)) : .failure(error(kind(of: code)))
  }

  private func kind(of code: CURLcode) -> HTTPError.Kind {
    if isTooLarge { return .tooLarge }
    switch code {
    case CURLE_OPERATION_TIMEDOUT:
      return .timedOut
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY:
      return .connectFailed(detail(code))
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED:
      return .tls(detail(code))
    case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_SSL_ENGINE_NOTFOUND:
      return .unavailable(String(cString: curl_easy_strerror(code)))
    case CURLE_ABORTED_BY_CALLBACK:
      return .noAnswer("the connection was closed by the peer")
    default:
      return .noAnswer(String(cString: curl_easy_strerror(code)))
    }
  }

  /// The library's own words, where nothing was sent or received that they could quote.
  private func detail(_ code: CURLcode) -> String {
    guard !mayHaveBeenSent, let text = errorText.baseAddress, text.pointee != 0 else {
      return String(cString: curl_easy_strerror(code))
    }
    return String(cString: text)
  }

  private func error(_ kind: HTTPError.Kind) -> HTTPError {
    HTTPError(kind, mayHaveBeenSent: mayHaveBeenSent, origin: origin)
  }
}

private func bodyArrived(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  // Anything else than the number of bytes ends the transfer.
  return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : -1
}

private func headerArrived(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  return transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : -1
}

private func requestBegins(
  _ context: UnsafeMutableRawPointer?, _ primary: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
  _ primaryPort: Int32, _ localPort: Int32
) -> Int32 {
  guard let context else { return Int32(CCURL_PREREQ_ABORT) }
  let mayBegin = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().begin()
  return Int32(mayBegin ? CCURL_PREREQ_OK : CCURL_PREREQ_ABORT)
}
