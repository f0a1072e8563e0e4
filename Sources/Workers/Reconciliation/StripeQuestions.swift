import HTTP
import Operations
import Outbox
import PostgreSQL
import Stripe

/// Puts many questions to Stripe at once, no faster than all replicas and commands together may, and again where that
/// helps.
final class StripeQuestions {
  private struct Question {
    let index: Int
    var attempts = 0
    var due = ContinuousClock.now
    var backoff = Backoff(first: .milliseconds(500), greatest: .seconds(5))
  }

  /// In flight at once: at 25 answers a second, each may take half a second.
  private static let most = 12
  private static let maximumAttempts = 6
  /// So long without a token or an answer, nothing will come.
  private static let patience = Duration.seconds(120)

  private let client: StripeClient
  private var tokens: SendTokens
  private var random = SystemRandomNumberGenerator()
  private let pause = Doorbell()

  init(
    _ stripe: StripeConfiguration, _ database: DatabaseConfiguration, _ rates: StripeRates, release: StaticString,
    log: Log
  ) throws(StripeTransportFailure) {
    client = try StripeClient(stripe, release: release, maximumConnections: Self.most)
    tokens = SendTokens(database, rates, log: log)
  }

  /// - Returns: the answers, in the order of the questions.
  /// - Throws: where no question at all would be answered.
  func ask(_ requests: [StripeRequest]) throws(StripeRefusal) -> [Result<StripeAnswer, StripeRefusal>] {
    var answers = [Result<StripeAnswer, StripeRefusal>?](repeating: nil, count: requests.count)
    var waiting = requests.indices.map { Question(index: $0) }
    var flights: [HTTPClient.ID: Question] = [:]
    var lastEvent = ContinuousClock.now
    while !waiting.isEmpty || !flights.isEmpty {
      if try send(&waiting, requests, &flights) { lastEvent = .now }
      let completions = receive(waiting, requests, hasFlights: !flights.isEmpty)
      for completion in completions {
        guard var question = flights.removeValue(forKey: completion.id) else { continue }
        lastEvent = .now
        switch judge(requests[question.index], completion.result) {
        case .answered(let answer): answers[question.index] = .success(answer)
        case .refused(let refusal, after: let after?)
        where question.attempts < Self.maximumAttempts && !refusal.concernsAll:
          question.due = .now + max(after, question.backoff.next(using: &random))
          waiting.append(question)
        case .refused(let refusal, _):
          guard !refusal.concernsAll || isRetried(refusal, &question, &waiting) else { throw refusal }
          if !refusal.concernsAll { answers[question.index] = .failure(refusal) }
        }
      }
      guard lastEvent.duration(to: .now) < Self.patience else {
        throw StripeRefusal(
          endpoint: requests[waiting.first?.index ?? 0].endpoint, problem: .noTokens, status: nil, requestID: nil)
      }
    }
    return answers.compactMap(\.self)
  }

  /// A lost connection passes; a key that is not taken does not.
  private func isRetried(_ refusal: StripeRefusal, _ question: inout Question, _ waiting: inout [Question]) -> Bool {
    guard refusal.status == nil, question.attempts < Self.maximumAttempts else { return false }
    question.due = .now + question.backoff.next(using: &random)
    waiting.append(question)
    return true
  }

  private func send(
    _ waiting: inout [Question], _ requests: [StripeRequest], _ flights: inout [HTTPClient.ID: Question]
  ) throws(StripeRefusal) -> Bool {
    let now = ContinuousClock.now
    var demand: [StripeEndpoint: Int] = [:]
    for question in waiting where question.due <= now { demand[requests[question.index].endpoint, default: 0] += 1 }
    tokens.prepare(demand, now: now)
    var rest: [Question] = []
    var hasSent = false
    for var question in waiting {
      let request = requests[question.index]
      guard flights.count < Self.most, question.due <= now, tokens.take(request.endpoint, 1, now: .now) else {
        rest.append(question)
        continue
      }
      question.attempts += 1
      do throws(StripeTransportFailure) {
        flights[try client.submit(request)] = question
        hasSent = true
      } catch {
        throw StripeRefusal(endpoint: request.endpoint, problem: problem(request, error), status: nil, requestID: nil)
      }
    }
    waiting = rest
    return hasSent
  }

  private func receive(
    _ waiting: [Question], _ requests: [StripeRequest], hasFlights: Bool
  ) -> [StripeClient.Completion] {
    let now = ContinuousClock.now
    let endpoints = Set(waiting.filter { $0.due <= now }.map { requests[$0.index].endpoint })
    let wait = tokens.wait(for: Array(endpoints))
    guard hasFlights else {
      pause.wait(atMost: wait)
      return []
    }
    guard let completions = try? client.poll(timeout: wait) else {
      pause.wait(atMost: wait)
      return []
    }
    return completions
  }

  private enum Judgement {
    case answered(StripeAnswer)
    /// `after`: whether, and not before when, the same question may be answered.
    case refused(StripeRefusal, after: Duration?)
  }

  private func judge(
    _ request: StripeRequest, _ result: Result<StripeAnswer, StripeTransportFailure>
  ) -> Judgement {
    let answer = try? result.get()
    if let answer, answer.isSuccess, answer.body != nil { return .answered(answer) }
    func refusal(_ problem: Problem, after: Duration?) -> Judgement {
      .refused(
        StripeRefusal(
          endpoint: request.endpoint, problem: problem, status: answer?.status, requestID: answer?.requestID),
        after: after)
    }
    switch classify(request.endpoint, result) {
    case .retry(let after, let problem, _): return refusal(problem, after: after ?? .zero)
    case .lookUpFirst(let problem, _), .dead(let problem), .hold(let problem): return refusal(problem, after: nil)
    case .delivered, .deliveredBefore: return refusal(.unreadable, after: nil)
    }
  }

  private func problem(_ request: StripeRequest, _ failure: StripeTransportFailure) -> Problem {
    if case .retry(_, let problem, _) = classify(request.endpoint, .failure(failure)) { return problem }
    return .unreadable
  }
}

extension Problem {
  static let noTokens = Problem("no_tokens")
  static let unreadable = Problem("answer_unreadable")
}
