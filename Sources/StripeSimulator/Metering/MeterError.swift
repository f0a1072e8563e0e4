/// What is wrong with meter events that were taken all the same.
struct MeterError: Sendable {
  enum Code: String, Sendable {
    case archivedMeter = "archived_meter"
    case customerNotFound = "meter_event_customer_not_found"
    case invalidValue = "meter_event_invalid_value"
    case noCustomerDefined = "meter_event_no_customer_defined"
    case tooManyDigits = "meter_event_value_too_many_digits"
    case noMeter = "no_meter"
    case inFuture = "timestamp_in_future"
    case tooFarInPast = "timestamp_too_far_in_past"

    var message: String {
      switch self {
      case .archivedMeter: "The meter of this event is archived."
      case .customerNotFound: "No customer was found for this event."
      case .invalidValue: "The value of this event is not a number."
      case .noCustomerDefined: "The payload of this event names no customer."
      case .tooManyDigits: "The value of this event has more than 15 digits."
      case .noMeter: "No meter was found with this event name."
      case .inFuture: "The timestamp of this event is in the future."
      case .tooFarInPast: "The timestamp of this event is too far in the past."
      }
    }
  }

  let code: Code
  /// Of the event.
  let identifier: String
}
