import JSON

/// An error as Stripe tells it.
struct StripeFailure: Error, Sendable {
  let status: Int
  let type: String
  let code: String?
  let message: String
  let param: String?
  var headers: [(name: String, value: String)] = []
  /// Whether it is kept under the idempotency key: only what came of an execution that had begun is.
  var isSaved = false

  init(status: Int, type: String, code: String? = nil, message: String, param: String? = nil) {
    self.status = status
    self.type = type
    self.code = code
    self.message = message
    self.param = param
  }

  static func invalidRequest(_ message: String, code: String? = nil, param: String? = nil) -> StripeFailure {
    StripeFailure(status: 400, type: "invalid_request_error", code: code, message: message, param: param)
  }

  /// - Parameters:
  ///   - kind: `customer`.
  ///   - param: where the id stood; `id` in a path, which is answered with 404.
  static func noSuch(_ kind: String, _ id: String, param: String = "id") -> StripeFailure {
    StripeFailure(
      status: param == "id" ? 404 : 400, type: "invalid_request_error", code: "resource_missing",
      message: "No such \(kind): '\(id)'", param: param)
  }

  /// Refused for what the object has become; kept under the key.
  static func refused(_ message: String, code: String? = nil, param: String? = nil) -> StripeFailure {
    var failure = invalidRequest(message, code: code, param: param)
    failure.isSaved = true
    return failure
  }

  static func unauthorized(_ message: String) -> StripeFailure {
    StripeFailure(status: 401, type: "invalid_request_error", message: message)
  }

  static func serverError(_ status: Int) -> StripeFailure {
    StripeFailure(
      status: status, type: "api_error",
      message: "An unknown error occurred with your request. The simulator was asked for this.")
  }

  /// - Parameter reason: `endpoint-rate`, `global-concurrency`, …; `nil` for a lock.
  static func tooMany(_ reason: String?) -> StripeFailure {
    guard let reason else {
      return StripeFailure(
        status: 429, type: "invalid_request_error", code: "lock_timeout",
        message: "This object cannot be accessed right now because another API request or Stripe process is currently "
          + "accessing it. If you see this error intermittently, retry the request.")
    }
    var failure = StripeFailure(
      status: 429, type: "invalid_request_error", code: "rate_limit",
      message:
        "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.")
    failure.headers = [("Stripe-Rate-Limited-Reason", reason)]
    return failure
  }

  static let keyInUse = StripeFailure(
    status: 409, type: "invalid_request_error", code: "idempotency_key_in_use",
    message: "There is currently another in-progress request using this idempotency key. Please try again later.")

  static func keyReused(_ key: String) -> StripeFailure {
    StripeFailure(
      status: 400, type: "idempotency_error",
      message: "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        + "Try using a key other than '\(key)' if you meant to execute a different request.")
  }

  var answer: Answer {
    var json = JSONWriter(.pretty)
    json.object {
      $0.key("error")
      $0.object {
        if let code {
          $0.field("code", code)
          $0.field("doc_url", "https://stripe.com/docs/error-codes/\(code.replacingUnderscores)")
        }
        $0.field("message", message)
        if let param { $0.field("param", param) }
        $0.field("type", type)
      }
    }
    return Answer(status: status, body: json.bytes, headers: headers)
  }
}

extension String {
  fileprivate var replacingUnderscores: String { split(separator: "_").joined(separator: "-") }
}
