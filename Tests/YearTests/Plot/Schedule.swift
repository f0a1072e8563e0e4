import YearReference

/// When the operators' programs run in the year: mostly where periods end, sometimes late, and at other times for nothing.
struct Schedule {
  enum Run: Equatable {
    /// `billing-run`: everything that is due.
    case billing
    case renewal, reports
    /// Stripe is told.
    case drain
  }

  struct Act {
    let at: Moment
    let runs: [Run]
  }

  private(set) var acts: [Act] = []

  init(dice: inout Dice, until end: Moment) {
    var day = Plot.begins.day
    while day.start < end {
      if Self.anchors.contains(where: { day.latest(anchor: $0) == day }) {
        if dice.chance(65) {
          // As a scheduler does it that was never away: the last reports that reach the meter, then the close, while
          // Stripe's invoices are drafts.
          add(day.start + dice.roll(1...120), [.reports])
          add(day.start + 1740 + dice.roll(0...59), dice.chance(50) ? [.reports, .drain] : [.renewal])
          add(day.start + dice.roll(1800...3000), [.billing, .drain])
          if dice.chance(50) { add(day.start + dice.roll(3661...7000), [.reports, .drain]) }
        } else if dice.chance(60) {
          add(day.start + dice.roll(1800...86_399), [.billing, .drain])
        }
      } else if dice.chance(14) {
        let runs: [[Run]] = [
          [.reports], [.renewal], [.billing], [.billing, .drain], [.reports, .drain], [.drain], [],
        ]
        add(day.start + dice.roll(0...86_399), dice.pick(runs))
      }
      day = day + 1
    }
    add(end, [.billing, .drain])
    add(end + 86_400, [.billing, .drain])
  }

  private static let anchors = [1, 15, 28, 29, 30, 31]

  private mutating func add(_ at: Moment, _ runs: [Run]) { acts.append(Act(at: at, runs: runs)) }
}
