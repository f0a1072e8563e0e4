/// All that was heard of a patient, and the periods that are charged.
struct PatientBook {
  var events: Set<Message.Patient> = []
  /// The place of the record that stands, by the period's start.
  var charged: [Day: Int] = [:]

  var firstActivation: Moment? { events.filter(\.isActivation).map(\.at).min() }

  /// A change at that very instant is seen.
  func isActive(at moment: Moment) -> Bool {
    let before = events.filter { $0.at <= moment }
    return before.max { ($0.at, $0.eventID) < ($1.at, $1.eventID) }?.isActivation ?? false
  }
}

extension CompanyBooks {
  mutating func foldPatients(_ messages: [Message]) {
    var touched: Set<String> = []
    for case .patient(let event) in messages {
      patients[event.patient, default: PatientBook()].events.insert(event)
      touched.insert(event.patient)
    }
    for name in touched.sorted() { settle(name) }
  }

  /// From now on every period whose predecessor's grace is over charges the patients that were active when it began.
  mutating func renew(now: Moment) {
    guard !patients.isEmpty else { return }
    extend(to: [], now: now)
    let latest = periods.last { $0.start <= (now + -Self.grace).day }
    guard let latest else { return }
    renewedThrough = max(renewedThrough ?? latest.start, latest.start)
    for name in patients.keys.sorted() { settle(name) }
  }

  /// Owed are the period of the first activation, and each renewed one at whose start the patient is active. A first
  /// activation that by a late message was none is taken back, while nothing else speaks for its charge.
  private mutating func settle(_ name: String) {
    guard var patient = patients[name], let first = patient.firstActivation else { return }
    for period in periods {
      let isFirst = period.contains(first)
      let isActive = patient.isActive(at: period.start.start)
      let isRenewed = renewedThrough.map { period.start <= $0 } ?? false
      if let position = patient.charged[period.start] {
        guard !isFirst, !isActive, !isRenewed, !period.isClosed else { continue }
        records[position].isVoided = true
        patient.charged[period.start] = nil
      } else if isFirst || isActive && isRenewed {
        patient.charged[period.start] = records.count
        records.append(
          Record(
            id: "patient \(name)", metric: "patient_activation", counted: Ratio(1),
            at: isFirst ? first : period.start.start, subject: name))
      }
    }
    patients[name] = patient
  }
}
