/// A type of the server, by its OID (catalog `pg_type`).
public struct PostgreSQLType: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let bool = PostgreSQLType(rawValue: 16)
  public static let bytea = PostgreSQLType(rawValue: 17)
  public static let char = PostgreSQLType(rawValue: 18)
  public static let name = PostgreSQLType(rawValue: 19)
  public static let int8 = PostgreSQLType(rawValue: 20)
  public static let int2 = PostgreSQLType(rawValue: 21)
  public static let int4 = PostgreSQLType(rawValue: 23)
  public static let text = PostgreSQLType(rawValue: 25)
  public static let oid = PostgreSQLType(rawValue: 26)
  public static let json = PostgreSQLType(rawValue: 114)
  public static let unknown = PostgreSQLType(rawValue: 705)
  public static let bpchar = PostgreSQLType(rawValue: 1042)
  public static let varchar = PostgreSQLType(rawValue: 1043)
  public static let date = PostgreSQLType(rawValue: 1082)
  public static let timestamp = PostgreSQLType(rawValue: 1114)
  public static let timestamptz = PostgreSQLType(rawValue: 1184)
  public static let numeric = PostgreSQLType(rawValue: 1700)
  public static let uuid = PostgreSQLType(rawValue: 2950)
  public static let jsonb = PostgreSQLType(rawValue: 3802)

  public static let boolArray = PostgreSQLType(rawValue: 1000)
  public static let byteaArray = PostgreSQLType(rawValue: 1001)
  public static let int2Array = PostgreSQLType(rawValue: 1005)
  public static let int4Array = PostgreSQLType(rawValue: 1007)
  public static let textArray = PostgreSQLType(rawValue: 1009)
  public static let int8Array = PostgreSQLType(rawValue: 1016)
  public static let dateArray = PostgreSQLType(rawValue: 1182)
  public static let timestamptzArray = PostgreSQLType(rawValue: 1185)
  public static let numericArray = PostgreSQLType(rawValue: 1231)
  public static let jsonbArray = PostgreSQLType(rawValue: 3807)
  public static let uuidArray = PostgreSQLType(rawValue: 2951)

  /// Types made by users (enumerations, mostly) get numbers from here on; their binary form is taken as text.
  var isUserDefined: Bool { rawValue >= 16_384 }
}
