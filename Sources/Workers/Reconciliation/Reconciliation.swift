import Billing
import Ledger
import Operations
import Outbox
import PostgreSQL
import Stripe

/// Compares our totals and invoice items with what Stripe says, company by company, while workers run.
public final class Reconciliation {
  public struct Setting: Sendable {
    public let database: DatabaseConfiguration
    public let stripe: StripeConfiguration
    public let rates: StripeRates
    public let release: StaticString
    public let log: Log

    public init(
      database: DatabaseConfiguration, stripe: StripeConfiguration, rates: StripeRates, release: StaticString, log: Log
    ) {
      self.database = database
      self.stripe = stripe
      self.rates = rates
      self.release = release
      self.log = log
    }
  }

  /// What was compared, and what did not agree.
  public struct Report: Sendable {
    public fileprivate(set) var companies = 0
    /// Everything that a meter counts, or should: one for each company, metric and period that has anything.
    public fileprivate(set) var balances: [MeterBalance] = []
    /// Items that both sides were asked for.
    public fileprivate(set) var items = 0
    /// Invoices of ours that Stripe has, or has to have.
    public fileprivate(set) var invoices = 0
    public fileprivate(set) var discrepancies: [Discrepancy] = []
  }

  /// How often books that move while Stripe is asked are read again.
  private static let attempts = 4
  /// Items were made after our first attempt: an hour is for clocks that differ.
  private static let clockMarginSeconds: Int64 = 3600

  private let reader: BooksReader
  private let outbox: OutboxReader
  private let questions: StripeQuestions
  private let clock: () -> Instant
  private let pause = Doorbell()
  private var directory = MeterDirectory()

  /// - Parameter connection: for reading; in no transaction.
  public init(_ setting: Setting, _ connection: Connection, clock: @escaping () -> Instant) throws {
    reader = try BooksReader(connection)
    outbox = try OutboxReader(connection)
    questions = try StripeQuestions(
      setting.stripe, setting.database, setting.rates, release: setting.release, log: setting.log)
    self.clock = clock
  }

  /// - Parameter progress: told how many companies are done, and how many there are.
  /// - Throws: `StripeRefusal` when Stripe answers nothing, `OutboxError` for the database, `LedgerError` for the catalog.
  public func run(_ scope: ReconciliationScope, progress: (Int, Int) -> Void = { _, _ in }) throws -> Report {
    let metrics = Set(try CatalogStore.catalog(reader.connection).metrics.keys)
    try learnMeters()
    let counted = directory.counted.intersection(metrics)
    let companies = try reader.companies(scope.company)
    var report = Report()
    for company in companies {
      try compare(company, scope, counted, &report)
      report.companies += 1
      progress(report.companies, companies.count)
    }
    return report
  }

  private func learnMeters() throws {
    directory = MeterDirectory()
    var next: StripeRequest? = .meters(after: nil)
    while let request = next {
      let answer = try answered(request)
      let (isRead, following) = directory.learn(answer)
      guard isRead else { throw unreadable(request, answer) }
      next = following
    }
  }

  private func answered(_ request: StripeRequest) throws(StripeRefusal) -> StripeAnswer {
    guard let result = try questions.ask([request]).first else {
      throw StripeRefusal(endpoint: request.endpoint, problem: .unreadable, status: nil, requestID: nil)
    }
    return try result.get()
  }

  private func unreadable(_ request: StripeRequest, _ answer: StripeAnswer) -> StripeRefusal {
    StripeRefusal(
      endpoint: request.endpoint, problem: .unreadable, status: answer.status, requestID: answer.requestID)
  }

  // MARK: A company

  private func compare(
    _ company: BooksReader.Company, _ scope: ReconciliationScope, _ metrics: Set<MetricName>, _ report: inout Report
  ) throws {
    let periods = try reader.periods(of: company.id, scope)
    guard !periods.isEmpty else { return }
    var attempt = 1
    var books = try reader.books(of: company.id, periods, metrics, scope, now: clock())
    while true {
      let (balances, items, discrepancies) = try look(company, periods, books, scope)
      // What moved between the two sides' answers is no difference.
      if !discrepancies.isEmpty, attempt < Self.attempts {
        let isUnderWay = books.doubtful.contains(where: \.isUnderWay)
        if isUnderWay { pause.wait(atMost: .seconds(1)) }
        let later = try reader.books(of: company.id, periods, metrics, scope, now: clock())
        if later != books || isUnderWay {
          books = later
          attempt += 1
          continue
        }
      }
      report.balances += balances.filter { !$0.isEmpty }
      report.items += items
      report.invoices += books.invoices.count
      report.discrepancies += discrepancies
      return
    }
  }

  private func look(
    _ company: BooksReader.Company, _ periods: [BillingPeriod], _ books: CompanyBooks, _ scope: ReconciliationScope
  ) throws -> (balances: [MeterBalance], items: Int, discrepancies: [Discrepancy]) {
    do {
      let answers = try StripeSide(questions, directory, company.customer).read(
        books.figures.keys.sorted(),
        itemsSince: (periods.last ?? periods[0]).start.start.adding(seconds: -Self.clockMarginSeconds),
        hasInvoices: !books.invoices.isEmpty)
      var discrepancies: [Discrepancy] = []
      var balances: [MeterBalance] = []
      for key in books.figures.keys.sorted() {
        let atStripe = answers.sums[key] ?? .zero
        var balance = books.balance(of: key, company: company.id, atStripe: atStripe, arrived: .zero)
        if balance.difference != .zero {
          let arrived = try arrived(of: books.doubtful.filter { $0.key == key }, company.customer)
          balance = books.balance(of: key, company: company.id, atStripe: atStripe, arrived: arrived)
        }
        balances.append(balance)
        if balance.difference != .zero { discrepancies.append(.meter(balance)) }
      }
      let items = try itemComparison(company.id, books, answers.items, scope, periods)
      let invoices = InvoiceComparison(
        company: company.id, invoices: books.invoices, listed: answers.invoices, items: answers.items)
      return (balances, items.listed.count, discrepancies + items.discrepancies + invoices.discrepancies)
    } catch let refusal as StripeRefusal where !refusal.concernsAll {
      return ([], 0, [.unreadable(company.id, refusal)])
    }
  }

  /// Of events that may have been sent, those that Stripe has: each has a minute to itself.
  private func arrived(of doubtful: [CompanyBooks.Doubtful], _ customer: RemoteID) throws -> Quantity {
    var sum = Quantity.zero
    let side = StripeSide(questions, directory, customer)
    for event in doubtful.map(\.event) where try side.counted(in: event) == event.value { sum += event.value }
    return sum
  }

  private func itemComparison(
    _ company: CompanyID, _ books: CompanyBooks, _ listed: [ListedInvoiceItem], _ scope: ReconciliationScope,
    _ periods: [BillingPeriod]
  ) throws -> ItemComparison {
    let ours = listed.filter { $0.entry != nil && scope.includes(itemOf: $0.periodStart, in: periods) }
    var others = books.otherItems
    // Those that were settled before the first of the periods.
    for id in ours.compactMap(\.entry) where books.items[id] == nil && others[id] == nil {
      if let entry = try known(id, of: company) { others[id] = entry }
    }
    return ItemComparison(company: company, entries: books.items, others: others, listed: ours)
  }

  private func known(_ id: EntryID, of company: CompanyID) throws -> ItemComparison.Entry? {
    do throws(OutboxError) {
      let record = try outbox.show(id)
      guard record.company == company, case .invoiceItem(let item) = record.effect else { return nil }
      return ItemComparison.Entry(item: item, isDelivered: false)
    } catch {
      guard case .unknownEntry = error else { throw error }
      return nil
    }
  }
}
