import HTTP

/// From the request as it came to one that can be seen through.
extension Front {
  func exchange(for request: HTTPRequest) throws(StripeFailure) -> Exchange {
    let received = SimulatedClock.machineTime
    guard let (index, ids) = endpoints.find(request.method, request.path) else {
      throw StripeFailure(
        status: 404, type: "invalid_request_error",
        message: "Unrecognized request URL (\(request.method.rawValue): \(request.path)). "
          + "Please see https://stripe.com/docs or we can help at https://support.stripe.com/.")
    }
    let endpoint = endpoints.list[index]
    let isForm = endpoint.style == .v1 || request.method == .get
    let sent = isForm ? Self.form(of: request) : request.body
    let (parameters, mistake) = isForm ? Self.check(sent, endpoint.schema) : (Parameters(), nil)
    var objection = Self.formalMistake(of: request, endpoint.style) ?? mistake
    let key = endpoint.style == .v1 && request.method == .post ? request.headers["Idempotency-Key"] : nil
    if let key, !(1...255).contains(key.utf8.count) {
      objection = .invalidRequest("Invalid Idempotency-Key: it must have 1 to 255 characters", param: "Idempotency-Key")
    }
    let secret = Credentials.secret(of: request.headers)
    let (number, requestID, isLive) = try world.withLock { world throws(StripeFailure) in
      let isLive =
        endpoint.style == .v2Stream
        ? try world.sessions.check(secret, now: world.clock.now) : try Credentials.check(secret)
      world.requestCount += 1
      return (world.requestCount, world.ids.next("req_", 14), isLive)
    }
    let account = request.headers["Stripe-Account"].map { $0 + "/" } ?? ""
    return Exchange(
      number: number, endpoint: endpoint,
      call: Call(
        ids: ids, parameters: parameters, body: request.body, requestID: requestID, idempotencyKey: key, isLive: isLive),
      objection: objection, sent: sent, path: request.path, headers: request.headers,
      key: key.map { Exchange.Key(name: account + $0, fingerprint: Self.fingerprint(request, sent)) },
      version: request.headers["Stripe-Version"] ?? Self.defaultVersion, received: received)
  }

  /// A form may stand in the query, in the body, or in both.
  private static func form(of request: HTTPRequest) -> [UInt8] {
    guard !request.query.isEmpty else { return request.body }
    return Array(request.query.utf8) + (request.body.isEmpty ? [] : [UInt8(ascii: "&")] + request.body)
  }

  private static func check(_ form: [UInt8], _ schema: Schema) -> (Parameters, StripeFailure?) {
    do throws(StripeFailure) {
      return (try schema.check(try FormParser.parse(form)), nil)
    } catch {
      return (Parameters(), error)
    }
  }

  /// Whether the header fields are those of the style.
  private static func formalMistake(of request: HTTPRequest, _ style: Endpoint.Style) -> StripeFailure? {
    if style != .v1, request.headers["Stripe-Version"] == nil {
      return .invalidRequest("The Stripe-Version header is required for calls to the v2 API.")
    }
    guard !request.body.isEmpty else { return nil }
    let wanted = style == .v1 ? "application/x-www-form-urlencoded" : "application/json"
    let type = request.headers["Content-Type"]?.prefix { $0 != ";" }.lowercased()
    return type == wanted ? nil : .invalidRequest("Invalid request (check that your content type is \(wanted)).")
  }

  private static func fingerprint(_ request: HTTPRequest, _ form: [UInt8]) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(request.method)
    hasher.combine(request.path)
    return FormParser.fingerprint(form) &+ UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
