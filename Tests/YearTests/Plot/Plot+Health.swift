import YearReference

extension Plot {
  /// Orders whose events come in any order, some of them after months.
  mutating func order(_ company: CompanyPlot) {
    for number in 0..<dice.roll(4...16) {
      var at = happening(company.earliest, company.ends)
      let modality = dice.chance(80) ? dice.pick(Imaging.modalities) : nil
      for stage in Message.Stage.allCases where dice.chance(stage == .cancelled ? 8 : 45) {
        let event = Message.Order(
          dice.uuid(), company.id, "order-\(number)", stage, at: at,
          modality: dice.chance(80) ? modality : dice.pick(Imaging.modalities),
          code: dice.chance(25) ? dice.pick(Imaging.codes) : nil)
        publish(.order(event), at: max(telling(at), company.opened))
        at = at + dice.roll(0...12 * 86_400)
        guard at < Self.ends else { break }
      }
    }
  }

  /// Patients who come and go, also at the very start of a period.
  mutating func treat(_ company: CompanyPlot) {
    for number in 0..<dice.roll(2...8) {
      var at = happening(company.earliest, company.ends)
      var isActivation = true
      for _ in 0..<dice.pick([1, 1, 2, 2, 3, 4, 5]) {
        let event = Message.Patient(
          dice.uuid(), company.id, "patient-\(number)", isActivation: isActivation, at: at)
        publish(.patient(event), at: max(telling(at), company.opened))
        if dice.chance(90) { isActivation.toggle() }
        at = happening(at, at + 100 * 86_400)
        guard at < Self.ends else { break }
      }
    }
  }

  /// One-off charges, with their period or at once.
  mutating func charge(_ company: CompanyPlot) {
    guard let plan = YearCatalog.first.plan(company.plan) else { return }
    for number in 0..<dice.pick([0, 0, 1, 2, 3, 5]) {
      let at = happening(company.earliest, company.ends)
      let kind = dice.pick(["setup_fee", "adjustment", "credit", "training"])
      let amount = dice.roll(1...30_000)
      let charge = Message.Charge(
        dice.uuid(), company.id, "charge-\(number)", kind, amount: kind == "credit" ? -amount : amount,
        currency: plan.currency, at: at)
      publish(.charge(charge), at: max(telling(at), company.opened))
    }
  }
}
