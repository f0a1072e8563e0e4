import Billing
import Invoicing
import Ledger
import Outbox
import PostgreSQL
import StripeSimulator
import TestSupport
import YearReference

/// A year of many companies, on a clock of its own: what is published, changed and run, and in which order, which is all
/// that the slow computation gets to know.
final class Year {
  static let grace = Duration.seconds(1800)

  let database: TestDatabase
  let eye: Connection
  let stripe: YearStripe
  let plot: Plot
  private(set) var steps: [Step] = []
  private var dice: Dice
  private let perils: Perils
  private let publisher: Publisher
  let schedule: Schedule

  init(companies: Int, seed: UInt64) throws {
    database = try TestDatabase.create()
    eye = try Connection.forLedger(database.configuration)
    stripe = try YearStripe(database)
    plot = Plot(companies: companies, seed: seed)
    dice = plot.dice
    schedule = Schedule(dice: &dice, until: Day(2028, 8, 16).start + 4000)
    perils = try Perils(database, dice: Dice(seed: dice.next()))
    publisher = try Publisher()
  }

  var deaths: Int { perils.deaths }

  func run() throws {
    try apply(YearCatalog.first, at: Plot.begins)
    var (publications, changes) = (plot.publications[...], plot.changes[...])
    for act in schedule.acts {
      // What changed and what was told since the last act. Changes go first: their time is their own.
      let told = publications.prefix { $0.at <= act.at }
      publications = publications.dropFirst(told.count)
      let changed = changes.prefix { $0.at <= act.at }
      changes = changes.dropFirst(changed.count)
      try tell(Array(told), changing: Array(changed), before: act.at)
      turn(to: act.at)
      for run in act.runs { try self.run(run, at: act.at) }
    }
  }

  /// Stripe's clock.
  private func turn(to now: Moment) {
    stripe.simulator.clock.set(Int64(now.seconds) * 1_000_000, isStanding: true)
  }

  // MARK: - What happens to the company

  /// What was told is published by the next change, or by the act: after whatever it happened.
  private func tell(_ told: [Plot.Publication], changing changes: [Plot.Change], before now: Moment) throws {
    var rest = told[...]
    for change in changes {
      let earlier = rest.prefix { $0.at <= change.at }
      rest = rest.dropFirst(earlier.count)
      try publish(earlier.map(\.message), at: change.at)
      turn(to: change.at)
      switch change.what {
      case .company(let company, let terms): try set(company, terms, at: change.at)
      case .subscription(let company): try stripe.subscribe(company.id, now: change.at.instant)
      case .catalog(let catalog): try apply(catalog, at: change.at)
      }
    }
    try publish(rest.map(\.message), at: now)
  }

  /// In batches of any size, in any order.
  private func publish(_ messages: [Message], at now: Moment) throws {
    for isUsage in [true, false] {
      var rest = messages.filter { $0.isUsage == isUsage }.shuffled(using: &dice)[...]
      while !rest.isEmpty {
        let batch = rest.prefix(dice.roll(1...400))
        rest = rest.dropFirst(batch.count)
        for committed in try publisher.publish(Array(batch), isUsage: isUsage, now: now, perils) {
          steps.append(.published(committed, at: now))
        }
      }
    }
  }

  private func set(_ company: CompanyPlot, _ terms: CompanyChange, at now: Moment) throws {
    guard let id = CompanyID(company.id) else { throw TestFailure("\(company.id) is no company") }
    var changes = CompanyChanges()
    changes.plan = terms.plan.flatMap { PlanID($0) }
    changes.anchorDay = terms.anchor.flatMap { AnchorDay($0) }
    changes.joined = terms.joined.map { .day($0.date) }
    changes.left = terms.left.map { .day($0.date) }
    changes.rates = try terms.rates.map { terms in
      guard let metric = MetricName(terms.metric) else { throw TestFailure("\(terms.metric) is no metric") }
      var rate = CompanyChanges.Rate(metric: metric)
      if let price = terms.price.flatMap({ Price($0) }) { rate.unitPrice = .value(price) }
      if let included = terms.included.flatMap({ Quantity($0) }) { rate.included = .value(included) }
      return rate
    }
    if now == company.registered {
      changes.stripeMode =
        switch company.stripe {
        case .off: .off
        case .shadow: .shadow
        case .subscribed, .unsubscribed: .live
        }
      if company.stripe == .subscribed { changes.stripeCustomer = try stripe.makeCustomer() }
    }
    try CompanyStore(eye).set(id, changes, by: "year", now: now.instant)
    steps.append(.company(company.id, terms, at: now))
  }

  private func apply(_ catalog: YearReference.Catalog, at now: Moment) throws {
    _ = try CatalogStore.apply(catalog.document, by: "year", on: eye, now: now.instant)
    steps.append(.catalog(catalog, at: now))
  }

  // MARK: - Runs

  private func run(_ run: Schedule.Run, at now: Moment) throws {
    switch run {
    case .billing:
      try renew(now)
      try report(now)
      try close(now)
    case .renewal: try renew(now)
    case .reports: try report(now)
    case .drain: try tellStripe(now)
    }
  }

  private func renew(_ now: Moment) throws {
    let make = { try PatientRenewal(connection: .forLedger($0), grace: Self.grace) }
    try perils.run("renewal", dying: 25, with: make) { _ = try $0.run(asOf: now.instant) }
    steps.append(.renewed(at: now))
  }

  private func report(_ now: Moment) throws {
    try perils.run("reports", dying: 25, with: { try MeterReporting(.forLedger($0), grace: Self.grace) }) { reporting in
      let summary = try reporting.run(now: now.instant)
      guard summary.problems.isEmpty else { throw TestFailure("reports: \(summary.problems)") }
    }
  }

  private func close(_ now: Moment) throws {
    try perils.run("charges", dying: 20, with: { try ChargeBilling(.forLedger($0)) }) { billing in
      let summary = try billing.run(now: now.instant)
      guard summary.tooLarge.isEmpty else { throw TestFailure("charges: \(summary)") }
    }
    steps.append(.chargesBilled(at: now))
    let close = { [perils] in
      try perils.run("close", dying: 40, with: { try PeriodClose(.forLedger($0), grace: Self.grace) }) { closing in
        let summary = try closing.run(now: now.instant)
        guard summary.problems.isEmpty else { throw TestFailure("close: \(summary.problems)") }
      }
    }
    if dice.chance(25) {
      // Another replica does the same at the same time.
      let database = database.configuration
      let other = { @Sendable in _ = try? PeriodClose(.forLedger(database), grace: Self.grace).run(now: now.instant) }
      try withThread(other, during: close)
    } else {
      try close()
    }
    steps.append(.closed(at: now))
    try InvoiceStates(eye, grace: Self.grace).run(now: now.instant)
  }

  private func tellStripe(_ now: Moment) throws {
    if dice.chance(6) {
      let steps = ["claim", "send", "answer"]
      try stripe.kill(at: "outbox.after_\(dice.pick(steps))")
    }
    stripe.simulator.faults.clear()
    if dice.chance(30) {
      let faults = [Fault(.answerLost), Fault(.reset), Fault(.rateLimited)]
      stripe.simulator.faults.add(FaultRule(.share(millionths: 30_000, seed: dice.next()), faults))
    }
    try stripe.drain(now: now.instant)
  }
}
