/// A message breaks the rules, and which one: what becomes of it is a dead letter with this reason.
///
/// Field and rule are static text of this program. A value from the message, a patient's name say, cannot get into it,
/// nor from it into a header, a log or a label.
public struct BadMessage: Error, Sendable, CustomStringConvertible {
  /// Stable codes: the header `x-reason` of dead letters, a label in metrics, a filter in commands.
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    case malformedJSON = "malformed_json"
    case notUTF8 = "not_utf8"
    case tooDeep = "too_deep"
    case duplicateField = "duplicate_field"
    case missingField = "missing_field"
    case wrongType = "wrong_type"
    case outOfRange = "out_of_range"
    case tooManyDecimals = "too_many_decimals"
    case invalidFormat = "invalid_format"
    /// Two fields that mean the same differ.
    case conflictingFields = "conflicting_fields"
    case unknownMetric = "unknown_metric"
    /// A metric that only the product itself records.
    case internalMetric = "internal_metric"
    /// An order event of a type that nobody knows.
    case unknownType = "unknown_type"
    case unknownChargeKind = "unknown_charge_kind"
    /// A charge in another currency than its company's.
    case wrongCurrency = "wrong_currency"
    /// An id that only the product itself makes.
    case reservedID = "reserved_id"
    case tooEarly = "too_early"
    case tooOld = "too_old"
    case tooLarge = "too_large"
    /// The worker could not check it, by a fault of its own that a later attempt may not have.
    case notChecked = "not_checked"
    /// The rules let it pass and the database does not take it.
    case databaseRefused = "database_refused"

    /// Whether a catalog that was applied a moment ago may take what the one at hand does not.
    public var mayBeMendedByCatalog: Bool {
      switch self {
      case .unknownMetric, .unknownChargeKind: true
      default: false
      }
    }
  }

  public let reason: Reason
  /// Which field of the schema; `body` for the message as a whole.
  public let field: StaticString
  public let rule: StaticString

  public init(_ reason: Reason, field: StaticString, rule: StaticString) {
    self.reason = reason
    self.field = field
    self.rule = rule
  }

  /// The header `x-detail`: field and rule.
  public var detail: String { "\(field): \(rule)" }

  public var description: String { "\(reason.rawValue) (\(detail))" }
}
