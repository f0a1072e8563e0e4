import YearReference

extension Plot {
  /// Registers the company, and what changes about it later.
  mutating func changeTerms(of company: CompanyPlot) {
    register(company)
    if company.stripe == .subscribed {
      // Of one that was there before, the periods have to come round to its anchor first: Stripe's follow that from the
      // beginning.
      let isRound = company.opened == company.registered
      let later = !isRound || dice.chance(25) ? dice.roll((isRound ? 1 : 65) * 86_400...100 * 86_400) : 60
      change(.subscription(company), at: company.registered + later)
    }
    let last = company.ends
    if company.stripe != .subscribed {
      for _ in 0..<dice.pick([0, 0, 0, 1, 2]) {
        let at = anyMoment(company.registered + 86_400, last)
        let anchor = dice.pick([1, 15, 28, 29, 30, 31])
        set(company, at: at) { $0.anchor = anchor }
      }
      if ["classic", "business"].contains(company.plan) {
        for _ in 0..<dice.pick([0, 0, 0, 1, 2]) {
          let at = anyMoment(company.registered + 86_400, last)
          let plan = dice.pick(["classic", "business"])
          set(company, at: at) { $0.plan = plan }
        }
      }
    }
    // What a subscription bills changes at Stripe, too: by another command.
    if company.stripe != .subscribed, dice.chance(20) {
      let at = anyMoment(company.registered + 86_400, last)
      let rate = rate(of: company)
      set(company, at: at) { $0.rates = [rate] }
    }
    if last < Self.ends, dice.chance(80) {
      // Told a while before or after.
      let at = max(company.registered + 3600, last + dice.roll(-20 * 86_400...3 * 86_400))
      set(company, at: at) { $0.left = max(last.day, at.day + -2) }
    }
  }

  private mutating func register(_ company: CompanyPlot) {
    let joined = company.registered.day + (dice.chance(30) ? -dice.roll(0...9) : 0)
    let (isJoining, rates) = (dice.chance(40), dice.chance(20) ? [rate(of: company)] : [])
    set(company, at: company.registered) {
      $0.plan = company.plan
      $0.anchor = company.anchor
      $0.joined = isJoining ? joined : nil
      $0.rates = rates
    }
  }

  private mutating func set(_ company: CompanyPlot, at: Moment, _ fill: (inout CompanyChange) -> Void) {
    var changes = CompanyChange()
    fill(&changes)
    change(.company(company, changes), at: at)
  }

  /// A quota of its own for orders, or a price of its own for storage, where the plan sells it.
  private mutating func rate(of company: CompanyPlot) -> CompanyChange.Rate {
    guard company.plan != "tokyo", dice.chance(50) else {
      return CompanyChange.Rate("order", included: "\(dice.roll(1...40))")
    }
    return CompanyChange.Rate("storage", price: "0.\(dice.roll(1...99))")
  }

  /// A plan's prices rise, its quotas shrink; what was free gets a price.
  mutating func changePrices() {
    var catalog = YearCatalog.first
    var last = Self.begins
    let versions: [(String, Day, Catalog.Rate)] = [
      ("classic", Day(2027, 10, 1), .init("order", .perUnit("0.125")).with { $0.billing = .meter }),
      ("business", Day(2027, 11, 15), .init("assessment", .perUnit("11.50")).with { $0.included = "20" }),
      ("business", Day(2027, 12, 3), .init("api_call", .perUnit("0.02")).with { $0.unitSize = "100" }),
      ("classic", Day(2028, 2, 29), .init("storage", .perUnit("1.15")).with { $0.billing = .meter }),
      ("standard", Day(2028, 2, 29), .init("radiology_standard", .perUnit("2.35"))),
      ("tokyo", Day(2028, 3, 31), .init("order", .perUnit("4"))),
    ]
    for (plan, day, rate) in versions {
      catalog = YearCatalog.changed(catalog, plan, rate.with { $0.from = day })
      // One after the other: each has the former ones in it.
      last = max(last + 3600, day.start + -86_400 * dice.roll(1...20) + 40_000)
      change(.catalog(catalog), at: last)
    }
  }
}
