extension PatientState {
  /// Which periods a patient has to be charged for, and which charges have lost their ground.
  ///
  /// Owed are the period of the first activation, at once, and each later period at whose start the patient is active, once
  /// that period was renewed. What was charged stays charged, whatever is heard of later, with one exception: a charge
  /// for a first activation which, by an activation that came late, was not the first. It is taken back if the patient is
  /// not active at the period's start, and only before the period is renewed. Without that, charges would depend on which
  /// of two activations came first to us.
  ///
  /// - Parameters:
  ///   - periods: the company's, from the one of the first activation on at least; in any order, without overlaps.
  ///   - renewed: the start of the latest period that was renewed: for it and all before it, every patient active at its
  ///     start is charged. `nil` when none was.
  ///   - charged: the starts of the periods for which a record stands.
  public func settlement(
    periods: [BillingPeriod], renewedThrough renewed: CivilDate?, charged: Set<CivilDate>
  ) -> PatientSettlement {
    var settlement = PatientSettlement()
    guard let firstActivation else { return settlement }
    for period in periods.sorted() {
      let isFirst = period.contains(firstActivation)
      let isActive = isActive(atStartOf: period.start)
      let isRenewed = renewed.map { period.start <= $0 } ?? false
      if charged.contains(period.start) {
        if !isFirst, !isActive, !isRenewed { settlement.takeBack.append(period) }
      } else if isFirst || isActive && isRenewed {
        let instant = isFirst ? firstActivation : period.start.start
        settlement.charge.append(PatientSettlement.Charge(period: period, at: instant))
      }
    }
    return settlement
  }
}

/// What has to be done to the ledger about a patient.
public struct PatientSettlement: Hashable, Sendable {
  public struct Charge: Hashable, Sendable {
    public let period: BillingPeriod
    /// The record's timestamp: the first activation, or the start of a later period.
    public let at: Instant

    public init(period: BillingPeriod, at: Instant) {
      self.period = period
      self.at = at
    }
  }

  /// To be recorded, one `patient_activation` each; ascending.
  public var charge: [Charge] = []
  /// Whose record is to be voided; ascending.
  public var takeBack: [BillingPeriod] = []

  public init() {}
}
