/// What a message of the queue of order events tells, checked.
public enum OrderEvent: Hashable, Sendable {
  case order(OrderStep)
  case patient(PatientStep)
  case charge(OneOffCharge)

  public var companyID: CompanyID {
    switch self {
    case .order(let step): step.companyID
    case .patient(let step): step.companyID
    case .charge(let charge): charge.companyID
    }
  }

  public var moment: EventMoment {
    switch self {
    case .order(let step): step.moment
    case .patient(let step): step.moment
    case .charge(let charge): charge.moment
    }
  }
}
