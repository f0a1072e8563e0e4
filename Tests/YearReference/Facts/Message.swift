/// A message as its publisher means it.
public enum Message: Hashable, Sendable {
  public struct Usage: Hashable, Sendable {
    public let id: String
    public let company: String
    public let metric: String
    public let quantity: String
    public let at: Moment
    public let subject: String?

    public init(
      _ id: String, _ company: String, _ metric: String, _ quantity: String, at: Moment, subject: String? = nil
    ) {
      self.id = id
      self.company = company
      self.metric = metric
      self.quantity = quantity
      self.at = at
      self.subject = subject
    }
  }

  /// Takes the usage with this id back.
  public struct Void: Hashable, Sendable {
    public let id: String
    public let company: String
    /// The usage's own.
    public let at: Moment

    public init(_ id: String, _ company: String, at: Moment) {
      self.id = id
      self.company = company
      self.at = at
    }
  }

  public enum Stage: String, Hashable, Sendable, CaseIterable {
    case sent = "sent_to_radiology"
    case scheduled
    case completed
    case resultsAvailable = "results_available"
    case resultsAcknowledged = "results_acknowledged"
    case cancelled
  }

  public struct Order: Hashable, Sendable {
    /// A UUID in small letters: events of one second follow each other in their order.
    public let eventID: String
    public let company: String
    public let order: String
    public let stage: Stage
    public let at: Moment
    public let modality: String?
    public let code: String?

    public init(
      _ eventID: String, _ company: String, _ order: String, _ stage: Stage, at: Moment, modality: String? = nil,
      code: String? = nil
    ) {
      self.eventID = eventID
      self.company = company
      self.order = order
      self.stage = stage
      self.at = at
      self.modality = modality
      self.code = code
    }
  }

  public struct Patient: Hashable, Sendable {
    /// As an order's.
    public let eventID: String
    public let company: String
    public let patient: String
    public let isActivation: Bool
    public let at: Moment

    public init(_ eventID: String, _ company: String, _ patient: String, isActivation: Bool, at: Moment) {
      self.eventID = eventID
      self.company = company
      self.patient = patient
      self.isActivation = isActivation
      self.at = at
    }
  }

  public struct Charge: Hashable, Sendable {
    public let eventID: String
    public let company: String
    public let charge: String
    public let kind: String
    /// In the minor unit.
    public let amount: Int
    public let currency: String
    public let at: Moment

    public init(
      _ eventID: String, _ company: String, _ charge: String, _ kind: String, amount: Int, currency: String, at: Moment
    ) {
      self.eventID = eventID
      self.company = company
      self.charge = charge
      self.kind = kind
      self.amount = amount
      self.currency = currency
      self.at = at
    }
  }

  case usage(Usage)
  case void(Void)
  case order(Order)
  case patient(Patient)
  case charge(Charge)

  public var company: String {
    switch self {
    case .usage(let usage): usage.company
    case .void(let void): void.company
    case .order(let order): order.company
    case .patient(let patient): patient.company
    case .charge(let charge): charge.company
    }
  }

  /// When what it tells of happened.
  public var at: Moment {
    switch self {
    case .usage(let usage): usage.at
    case .void(let void): void.at
    case .order(let order): order.at
    case .patient(let patient): patient.at
    case .charge(let charge): charge.at
    }
  }
}
