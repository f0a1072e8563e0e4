import Billing
import Outbox
import Stripe

/// Reads Stripe's side of one customer.
struct StripeSide {
  struct Answers {
    var sums: [CompanyBooks.Key: Quantity] = [:]
    var items: [ListedInvoiceItem] = []
    var invoices: [ListedInvoice] = []
  }

  /// A page that is asked for.
  private enum Question {
    case sum(CompanyBooks.Key, meter: RemoteID, after: RemoteID?)
    case items(after: RemoteID?)
    case invoices(after: RemoteID?)
  }

  private let questions: StripeQuestions
  private let directory: MeterDirectory
  private let customer: RemoteID

  init(_ questions: StripeQuestions, _ directory: MeterDirectory, _ customer: RemoteID) {
    self.questions = questions
    self.directory = directory
    self.customer = customer
  }

  /// Everything, each list to its end.
  ///
  /// - Parameter hasInvoices: whether there are invoices to compare.
  func read(
    _ keys: [CompanyBooks.Key], itemsSince since: Instant, hasInvoices: Bool
  ) throws(StripeRefusal) -> Answers {
    var answers = Answers()
    var open: [Question] = [.items(after: nil)] + (hasInvoices ? [.invoices(after: nil)] : [])
    for key in keys {
      for meter in directory.meters(of: key.metric) { open.append(.sum(key, meter: meter, after: nil)) }
    }
    while !open.isEmpty {
      let asked = open
      let requests = asked.map { request($0, since) }
      open = []
      for (index, result) in try questions.ask(requests).enumerated() {
        let answer = try result.get()
        switch asked[index] {
        case .sum(let key, let meter, _):
          guard let page = MeterSum.read(answer) else { throw unreadable(requests[index], answer) }
          answers.sums[key, default: .zero] += page.sum
          if let next = page.next { open.append(.sum(key, meter: meter, after: next)) }
        case .items:
          guard let page = ListedInvoiceItem.read(answer) else { throw unreadable(requests[index], answer) }
          answers.items += page.items
          if let next = page.next { open.append(.items(after: next)) }
        case .invoices:
          guard let page = ListedInvoice.read(answer) else { throw unreadable(requests[index], answer) }
          answers.invoices += page.invoices
          if let next = page.next { open.append(.invoices(after: next)) }
        }
      }
    }
    return answers
  }

  /// What the minute of one event holds.
  func counted(in event: MeterEvent) throws(StripeRefusal) -> Quantity {
    let minute = event.timestamp
    let requests = directory.meters(of: event.metric).map {
      MeterSum.request(of: $0, customer: customer, from: minute, to: minute.adding(seconds: 60))
    }
    var sum = Quantity.zero
    for (index, result) in try questions.ask(requests).enumerated() {
      let answer = try result.get()
      guard let page = MeterSum.read(answer) else { throw unreadable(requests[index], answer) }
      sum += page.sum
    }
    return sum
  }

  private func request(_ question: Question, _ since: Instant) -> StripeRequest {
    switch question {
    case .sum(let key, let meter, let after):
      MeterSum.request(
        of: meter, customer: customer, from: key.period.start.start, to: key.period.end.start, after: after)
    case .items(let after): ListedInvoiceItem.request(of: customer, createdSince: since, after: after)
    case .invoices(let after): ListedInvoice.request(of: customer, createdSince: since, after: after)
    }
  }

  private func unreadable(_ request: StripeRequest, _ answer: StripeAnswer) -> StripeRefusal {
    StripeRefusal(
      endpoint: request.endpoint, problem: .unreadable, status: answer.status, requestID: answer.requestID)
  }
}
