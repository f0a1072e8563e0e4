import YearReference

/// Everything that will be published and changed in a simulated year, and when. Made of a seed alone.
struct Plot {
  /// A message on its way: it happened earlier, or just now.
  struct Publication {
    let message: Message
    let at: Moment
  }

  struct Change {
    enum What {
      case company(CompanyPlot, CompanyChange)
      case subscription(CompanyPlot)
      case catalog(Catalog)
    }

    let what: What
    let at: Moment
  }

  static let begins = Day(2027, 7, 1).start
  /// Nothing happens any more.
  static let ends = Day(2028, 7, 6).start
  /// Nothing is told any more.
  static let silence = Day(2028, 7, 20).start

  private(set) var companies: [CompanyPlot] = []
  private(set) var publications: [Publication] = []
  private(set) var changes: [Change] = []
  var dice: Dice

  init(companies count: Int, seed: UInt64) {
    dice = Dice(seed: seed)
    for number in 0..<count { companies.append(company(number)) }
    for company in companies {
      changeTerms(of: company)
      use(company)
      if company.hasOrders { order(company) }
      if company.hasPatients { treat(company) }
      charge(company)
    }
    changePrices()
    publications.sort { $0.at < $1.at }
    changes.sort { $0.at < $1.at }
  }

  private mutating func company(_ number: Int) -> CompanyPlot {
    let id = "company-\(number)"
    let anchor = dice.pick([1, 1, 15, 29, 30, 31])
    let stripe = dice.pick(
      [.off, .shadow, .subscribed, .subscribed, .unsubscribed, .unsubscribed, .unsubscribed] as [CompanyPlot.Stripe])
    let plan =
      switch stripe {
      case .subscribed: "standard"
      // Stripe's amounts in its currency are multiples of ten.
      case .off: dice.pick(["classic", "business", "tokyo", "kuwait", "kuwait", "kuwait"])
      case .shadow, .unsubscribed: dice.pick(["classic", "classic", "business", "business", "tokyo"])
      }
    // Most are there from the beginning, some join; of some nobody knew while they were used already.
    let joins = dice.chance(70) ? Self.begins + dice.roll(0...86_400) : anyMoment(Self.begins, Day(2028, 4, 1).start)
    let isUnknown = dice.chance(15)
    let opened = isUnknown ? joins : joins + dice.roll(0...86_400)
    let registered = isUnknown ? joins + dice.roll(3600...90 * 86_400) : joins
    let ends = stripe != .subscribed && dice.chance(20) ? anyMoment(registered + 40 * 86_400, Self.ends) : Self.ends
    var company = CompanyPlot(
      id: id, anchor: anchor, plan: plan, stripe: stripe, registered: Self.awayFromMidnight(registered), opened: opened,
      ends: min(ends, Self.ends))
    let metrics = YearCatalog.metrics.filter { !$0.isInternal }.map(\.name)
    company.metrics = metrics.filter { _ in dice.chance(45) }
    if company.metrics.isEmpty { company.metrics = ["order"] }
    company.hasOrders = dice.chance(30)
    company.hasPatients = dice.chance(30)
    return company
  }

  // MARK: - For what follows

  mutating func publish(_ message: Message, at: Moment) {
    publications.append(Publication(message: message, at: min(at, Self.silence)))
    // Brokers deliver again, and publishers repeat themselves, weeks later too.
    guard dice.chance(5) else { return }
    publications.append(Publication(message: message, at: min(at + dice.roll(0...30 * 86_400), Self.silence)))
  }

  mutating func change(_ what: Change.What, at: Moment) {
    changes.append(Change(what: what, at: Self.awayFromMidnight(at)))
  }

  mutating func anyMoment(_ from: Moment, _ until: Moment) -> Moment {
    from < until ? from + dice.roll(0...until.seconds - from.seconds - 1) : from
  }

  /// Some things happen at the very edge of a day, where periods meet.
  mutating func happening(_ from: Moment, _ until: Moment) -> Moment {
    let moment = anyMoment(from, until)
    guard dice.chance(15) else { return moment }
    let edge = moment.day.start + dice.pick([-1, 0, 0, 1])
    return edge < from ? moment : edge
  }

  /// Most is told soon, some after hours, some after weeks.
  mutating func telling(_ happened: Moment) -> Moment {
    switch dice.roll(0...99) {
    case 0..<70: happened + dice.roll(0...600)
    case 70..<88: happened + dice.roll(0...2 * 86_400)
    default: happened + dice.roll(86_400...55 * 86_400)
    }
  }

  /// Minutes before midnight it would be a matter of the clock whether the next period has begun.
  private static func awayFromMidnight(_ moment: Moment) -> Moment {
    moment.day.start + 86_400 < moment + 1200 ? moment + -1800 : moment
  }
}
