import PostgreSQL

/// Why an entry was not delivered: a word of our own, such as `meter_archived`. Stripe's texts are not kept.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
  public let code: String

  /// - Parameter code: written in the source, so that nothing else can get in.
  public init(_ code: StaticString) { self.code = code.description }

  public var description: String { code }
}

extension Problem: PostgreSQLConvertible {
  public var postgreSQLValue: String { code }
  /// Only problems made above are ever stored.
  public init(postgreSQLValue code: String) { self.code = code }
}
