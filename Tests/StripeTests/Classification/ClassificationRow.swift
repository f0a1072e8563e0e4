import Outbox

@testable import Stripe

/// An answer and what it has to mean.
struct ClassificationRow: CustomStringConvertible, Sendable {
  let name: String
  let endpoint: StripeEndpoint
  let result: Result<StripeAnswer, StripeTransportFailure>
  let verdict: StripeVerdict

  var description: String { "\(name) (\(endpoint.rawValue))" }

  init(_ name: String, _ endpoint: StripeEndpoint, _ answer: StripeAnswer, _ verdict: StripeVerdict) {
    self.name = name
    self.endpoint = endpoint
    result = .success(answer)
    self.verdict = verdict
  }

  init(
    _ name: String, _ endpoint: StripeEndpoint, _ kind: StripeTransportFailure.Kind, sent: Bool,
    _ verdict: StripeVerdict
  ) {
    self.name = name
    self.endpoint = endpoint
    result = .failure(StripeTransportFailure(kind, mayHaveBeenSent: sent))
    self.verdict = verdict
  }
}

extension StripeVerdict {
  static func retry(_ problem: Problem, after: Duration? = nil, slowDown: Bool = false) -> StripeVerdict {
    .retry(after: after, problem, slowDown: slowDown)
  }

  static func later(_ problem: Problem, slowDown: Bool = false) -> StripeVerdict {
    .retry(after: .seconds(300), problem, slowDown: slowDown)
  }

  static func lookUp(_ problem: Problem) -> StripeVerdict { .lookUpFirst(problem, ifAbsent: .sendAgain) }
}
