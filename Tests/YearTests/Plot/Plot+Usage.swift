import YearReference

extension Plot {
  /// Usage of all metrics, some of it late, some taken back, some sent under an id that was used before.
  mutating func use(_ company: CompanyPlot) {
    let days = (company.ends.seconds - company.opened.seconds) / 86_400
    if company.opened < company.registered {
      // With the first message nobody knows the company, and its first period is made.
      publish(.usage(usage("first", company, "order", at: company.opened)), at: company.opened)
    }
    for number in 0..<max(3, days / 6) {
      let metric = dice.pick(company.metrics)
      let at = happening(company.earliest, company.ends)
      let usage = usage("usage-\(number)", company, metric, at: at)
      let told = max(telling(at), company.opened)
      publish(.usage(usage), at: told)
      if dice.chance(6) { take(back: usage, told: told) }
      if dice.chance(3) { repeatOtherwise(usage, told: told) }
    }
  }

  private mutating func usage(_ id: String, _ company: CompanyPlot, _ metric: String, at: Moment) -> Message.Usage {
    Message.Usage(
      id, company.id, metric, quantity(of: metric), at: at,
      subject: metric == "person" || dice.chance(30) ? "subject-\(dice.roll(1...6))" : nil)
  }

  private mutating func quantity(of metric: String) -> String {
    switch metric {
    case "api_call": "\(dice.roll(1...60_000))"
    case "call_seconds": dice.chance(20) ? "\(dice.roll(0...40))" : "\(dice.roll(0...3600)).\(dice.roll(1...9))"
    case "session", "person": "1"
    case "seat": "\(dice.roll(0...25))"
    case "storage": "\(dice.roll(0...90)).\(dice.roll(0...999))"
    case "assessment": "\(dice.roll(1...25))"
    case "order": dice.chance(5) ? "0" : "\(dice.roll(1...90))"
    default: "\(dice.roll(1...60)).\(dice.roll(0...99))"
    }
  }

  /// Soon, weeks later, or before the record itself comes.
  private mutating func take(back usage: Message.Usage, told: Moment) {
    let at = dice.chance(20) ? max(usage.at, told + -dice.roll(0...86_400)) : told + dice.roll(0...50 * 86_400)
    publish(.void(Message.Void(usage.id, usage.company, at: usage.at)), at: at)
  }

  /// The same id with another quantity, in the same month or just across its end: not counted. Or two months later:
  /// counted, since it is another month's.
  private mutating func repeatOtherwise(_ usage: Message.Usage, told: Moment) {
    let shift = dice.pick([0, 0, 86_400, 2 * 86_400, 61 * 86_400])
    let at = usage.at + shift
    guard at < Self.ends else { return }
    let other = Message.Usage(
      usage.id, usage.company, usage.metric, quantity(of: usage.metric), at: at, subject: usage.subject)
    publish(.usage(other), at: max(told, at) + dice.roll(0...5 * 86_400))
  }
}
