import Audit
import JSON
import PostgreSQL
import TestSupport
import Testing

@testable import usage_billing

/// What stands in a database's audit log, as its command shows it.
struct AuditReading {
  /// Text of messages and people that must not get in.
  static let planted = ["Jane", "Doe", "4711007", "1971-03-04", "example.org"]

  let environment: [String: String]

  struct Act {
    let action: String
    let company: String?
    let facts: JSONValue
  }

  /// Oldest first.
  func acts(_ action: String? = nil) throws -> [Act] {
    let run = Run(["audit", "list", "--json"] + (action.map { ["--action", $0] } ?? []), environment: environment)
    #expect(run.status == .success, "\(run.errors)")
    guard case .array(let rows)? = try JSONValue.parse(Array(run.output.utf8))["rows"] else {
      throw TestFailure("no rows in \(run.output)")
    }
    return try rows.reversed().map { row in
      guard case .string(let action)? = row["action"], let facts = row["facts"] else { throw TestFailure("\(row)") }
      return Act(action: action, company: row.texts("companyId")[0], facts: facts)
    }
  }

  /// Every act's one line of facts.
  func facts(_ action: String? = nil) throws -> [String] { try acts(action).map(Self.line) }

  static func line(_ act: Act) -> String {
    var json = JSONWriter()
    json.value(act.facts)
    return json.text
  }

  /// - Returns: which planted texts stand in any column of any row.
  func leaks(_ connection: Connection) throws -> [String] {
    let text = try connection.query("SELECT coalesce(string_agg(a::text, '; '), '') FROM billing.audit_log a")
      .one().decode(String.self, at: 0)
    return Self.planted.filter { text.lowercased().contains($0.lowercased()) }
  }
}
