import Billing
import PostgreSQL

// How the domain's values stand in the database. A stored value that breaks its type's rule was written by somebody else:
// reading it is an error, never a trap.

extension CompanyID: PostgreSQLConvertible {
  public var postgreSQLValue: String { text }
  public init(postgreSQLValue text: String) throws(PostgreSQLError) {
    guard let id = CompanyID(text) else { throw .invalid("a company id") }
    self = id
  }
}

extension MetricName: PostgreSQLConvertible {
  public var postgreSQLValue: String { text }
  public init(postgreSQLValue text: String) throws(PostgreSQLError) {
    guard let name = MetricName(text) else { throw .invalid("a metric's name") }
    self = name
  }
}

extension PlanID: PostgreSQLConvertible {
  public var postgreSQLValue: String { text }
  public init(postgreSQLValue text: String) throws(PostgreSQLError) {
    guard let id = PlanID(text) else { throw .invalid("a plan's id") }
    self = id
  }
}

extension UsageID: PostgreSQLConvertible {
  public var postgreSQLValue: String { text }
  public init(postgreSQLValue text: String) { self.init(trusted: text) }
}

extension CivilDate: PostgreSQLConvertible {
  public var postgreSQLValue: Date32 { Date32(days: daysSinceEpoch) }
  public init(postgreSQLValue date: Date32) { self.init(daysSinceEpoch: date.days) }
}

extension Instant: PostgreSQLConvertible {
  public var postgreSQLValue: Timestamp { Timestamp(microseconds: microseconds) }
  public init(postgreSQLValue timestamp: Timestamp) { self.init(microseconds: timestamp.microseconds) }
}

extension Quantity: PostgreSQLConvertible {
  public var postgreSQLValue: Numeric { Numeric(unscaled: units, scale: Self.scale) }
  public init(postgreSQLValue numeric: Numeric) throws(PostgreSQLError) {
    guard let units = numeric.units(scale: Self.scale) else { throw .invalid("a quantity") }
    self.init(units: units)
  }
}

extension Price: PostgreSQLConvertible {
  public var postgreSQLValue: Numeric { Numeric(unscaled: units, scale: Self.scale) }
  public init(postgreSQLValue numeric: Numeric) throws(PostgreSQLError) {
    guard let units = numeric.units(scale: Self.scale) else { throw .invalid("a price") }
    self.init(units: units)
  }
}

extension Pseudonym: PostgreSQLConvertible {
  public var postgreSQLValue: [UInt8] { bytes }
  public init(postgreSQLValue bytes: [UInt8]) throws(PostgreSQLError) {
    guard let keyID = bytes.first else { throw .invalid("a pseudonym") }
    self.init(keyID: keyID, hash: Array(bytes.dropFirst()))
  }
}

extension Numeric {
  /// The value in units of 10^-`scale`; `nil` when it has more decimals or does not fit.
  fileprivate func units(scale wanted: Int) -> Int128? {
    var value = unscaled
    var scale = scale
    while scale > wanted {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      guard remainder == 0 else { return nil }
      value = quotient
      scale -= 1
    }
    while scale < wanted {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { return nil }
      value = product
      scale += 1
    }
    return value
  }
}

extension PostgreSQLError {
  fileprivate static func invalid(_ what: StaticString) -> PostgreSQLError {
    PostgreSQLError(.decoding, "a stored value is not \(what)")
  }
}
