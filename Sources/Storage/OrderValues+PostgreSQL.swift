import Billing
import PostgreSQL

// How the values of orders and patients stand in the database.

extension Surrogate: PostgreSQLConvertible {
  public var postgreSQLValue: PostgreSQLUUID { PostgreSQLUUID(high: high, low: low) }
  public init(postgreSQLValue uuid: PostgreSQLUUID) { self.init(high: uuid.high, low: uuid.low) }
}

extension EventID: PostgreSQLConvertible {
  public var postgreSQLValue: PostgreSQLUUID { PostgreSQLUUID(high: high, low: low) }
  public init(postgreSQLValue uuid: PostgreSQLUUID) { self.init(high: uuid.high, low: uuid.low) }
}

/// One letter.
extension ImagingClass: PostgreSQLConvertible {
  public var postgreSQLValue: String {
    switch self {
    case .standard: "s"
    case .advanced: "a"
    }
  }

  public init(postgreSQLValue text: String) throws(PostgreSQLError) {
    guard let imaging = ImagingClass.allCases.first(where: { $0.postgreSQLValue == text }) else {
      throw PostgreSQLError(.decoding, "a stored value is not a class of imaging")
    }
    self = imaging
  }
}
