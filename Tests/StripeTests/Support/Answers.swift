import HTTP
import JSON

@testable import Stripe

extension StripeAnswer {
  init(_ status: Int, _ body: String = "", _ headers: HTTPHeaders = [:]) {
    self.init(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
  }

  /// As Stripe refuses.
  static func error(
    _ status: Int, type: String = "invalid_request_error", code: String? = nil, param: String? = nil,
    message: String = "words", _ headers: HTTPHeaders = [:]
  ) -> StripeAnswer {
    var members = ["\"type\": \"\(type)\"", "\"message\": \"\(message)\""]
    if let code { members.append("\"code\": \"\(code)\"") }
    if let param { members.append("\"param\": \"\(param)\"") }
    return StripeAnswer(status, "{\"error\": {\(members.joined(separator: ", "))}}", headers)
  }

  static func object(_ object: String, _ id: String) -> StripeAnswer {
    StripeAnswer(200, #"{"id": "\#(id)", "object": "\#(object)", "created": 1735689600, "livemode": false}"#)
  }
}

func verdict(_ endpoint: StripeEndpoint, _ answer: StripeAnswer) -> StripeVerdict {
  classify(endpoint, .success(answer))
}

func verdict(_ endpoint: StripeEndpoint, _ kind: StripeTransportFailure.Kind, sent: Bool) -> StripeVerdict {
  classify(endpoint, .failure(StripeTransportFailure(kind, mayHaveBeenSent: sent)))
}

extension StripeAnswer {
  /// The same as a saved answer.
  func replayed() -> StripeAnswer {
    var response = HTTPResponse(status: status, headers: ["Idempotent-Replayed": "true"])
    if let body {
      var json = JSONWriter()
      json.value(body)
      response.body = json.bytes
    }
    return StripeAnswer(response)
  }
}
