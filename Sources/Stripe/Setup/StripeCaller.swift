import JSON
import Outbox

/// Puts questions and orders of commands to Stripe, one by one, and tries again what passes by itself.
public struct StripeCaller {
  private static let maximumAttempts = 6
  private let perform: (StripeRequest) -> Result<StripeAnswer, StripeTransportFailure>
  private let sleep: (Duration) -> Void

  /// - Parameter sleep: waits between attempts.
  public init(
    sleep: @escaping (Duration) -> Void,
    perform: @escaping (StripeRequest) -> Result<StripeAnswer, StripeTransportFailure>
  ) {
    self.sleep = sleep
    self.perform = perform
  }

  func call(_ request: StripeRequest) throws(StripeSetupError) -> StripeAnswer {
    var generator = SystemRandomNumberGenerator()
    var attempts = 0
    while true {
      attempts += 1
      let result = perform(request)
      if case .success(let answer) = result, answer.isSuccess, request.isReading, answer.body != nil { return answer }
      let problem: Problem
      var wait: Duration?
      switch (classify(request.endpoint, result), result) {
      case (.delivered, .success(let answer)): return answer
      case (.retry(let after, let found, _), _):
        problem = found
        wait = RetryBackoff.delay(attempts: attempts, atLeast: after, using: &generator)
      case (.lookUpFirst(let found, _), _), (.dead(let found), _), (.hold(let found), _): problem = found
      case (.delivered, .failure), (.deliveredBefore, _): problem = .answerUnreadable
      }
      // What operators have to mend is not waited for: they are looking.
      guard let wait, wait < waitForOperators, attempts < Self.maximumAttempts else {
        let answer = try? result.get()
        throw .refused(request.endpoint, problem, status: answer?.status, requestID: answer?.requestID)
      }
      sleep(wait)
    }
  }

  /// Every object of a list.
  func all(_ page: (RemoteID?) -> StripeRequest) throws(StripeSetupError) -> [JSONValue] {
    var objects: [JSONValue] = []
    var after: RemoteID?
    repeat {
      let request = page(after)
      let answer = try call(request)
      guard let page = StripePage(answer) else { throw unreadable(request, answer) }
      objects += page.objects
      after = page.next
    } while after != nil
    return objects
  }

  /// What a request made.
  func make(_ request: StripeRequest) throws(StripeSetupError) -> RemoteID {
    let answer = try call(request)
    guard let id = answer.id else { throw unreadable(request, answer) }
    return id
  }

  func unreadable(_ request: StripeRequest, _ answer: StripeAnswer) -> StripeSetupError {
    .refused(request.endpoint, .answerUnreadable, status: answer.status, requestID: answer.requestID)
  }
}
