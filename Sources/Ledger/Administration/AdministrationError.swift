import Billing
import PostgreSQL

/// Why a change of the catalog, a company or the schema was not made. Nothing was changed then.
public enum AdministrationError: Error, Sendable, CustomStringConvertible {
  /// The database or what it holds.
  case ledger(LedgerError)
  /// The catalog breaks rules, or may not take the place of the one in force; every mistake.
  case catalog(CatalogMistakes)
  /// What is asked for breaks rules; every one, a line each.
  case refused([String])
  /// No company has this id.
  case unknownCompany(CompanyID)
  /// Recorders, or another change, kept the registry's lock for too long.
  case busy

  public var description: String {
    switch self {
    case .ledger(let error): "\(error)"
    case .catalog(let mistakes): "the catalog is refused, nothing was changed:\n\(Self.indented(mistakes.mistakes))"
    case .refused(let rules): "refused, nothing was changed:\n\(Self.indented(rules))"
    case .unknownCompany(let id): "there is no company \(id); see: usage-billing companies list"
    case .busy: "another change or a long transaction keeps the catalog locked; nothing was changed, try again"
    }
  }

  private static func indented(_ lines: [some CustomStringConvertible]) -> String {
    lines.map { "  \($0)" }.joined(separator: "\n")
  }
}

/// Runs ledger work, turning its error into that of an administrative change.
func administration<Value>(_ body: () throws(LedgerError) -> Value) throws(AdministrationError) -> Value {
  do { return try body() } catch { throw .ledger(error) }
}
