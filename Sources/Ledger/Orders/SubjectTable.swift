import Billing
import PostgreSQL

/// The only place that connects pseudonyms with surrogates.
///
/// A subject has a row for every key of the operator's, all with one surrogate. So whichever replica sees it first, with
/// whichever key in front, the others meet one of its rows: by a look-up, or by the table's key where both come at once.
struct SubjectTable {
  enum Kind: String {
    case order = "o"
    case patient = "p"
    case charge = "c"
  }

  /// An order, patient or charge as an event names it.
  struct Subject: Hashable {
    let company: CompanyID
    let kind: Kind
    let name: Pseudonyms
  }

  struct Found {
    let surrogate: Surrogate
    /// Nobody has seen it before: nothing is kept of it, and nobody else can make anything of it before this transaction
    /// ends.
    let isNew: Bool
  }

  let connection: Connection

  /// One key's pseudonym of one of the subjects.
  private struct Alias: Comparable {
    let owner: Int
    let company: CompanyID
    let kind: Kind
    let pseudonym: Pseudonym

    /// In the order of the table's key, in which all replicas write.
    static func < (left: Self, right: Self) -> Bool {
      if left.company != right.company { return left.company < right.company }
      if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
      return left.pseudonym.bytes.lexicographicallyPrecedes(right.pseudonym.bytes)
    }

    static func == (left: Self, right: Self) -> Bool {
      left.company == right.company && left.kind == right.kind && left.pseudonym == right.pseudonym
    }
  }

  /// The surrogates of subjects, each named once; those never seen get one.
  func resolve(
    _ subjects: [Subject], using random: inout some RandomNumberGenerator
  ) throws(PostgreSQLError) -> [Found] {
    guard !subjects.isEmpty else { return [] }
    let aliases = subjects.enumerated().flatMap { owner, subject in
      ([subject.name.newest] + subject.name.older).map {
        Alias(owner: owner, company: subject.company, kind: subject.kind, pseudonym: $0)
      }
    }
    let held = try look(for: aliases)
    var found = [Found?](repeating: nil, count: subjects.count)
    // The newest key comes first among a subject's.
    for (alias, surrogate) in zip(aliases, held) where found[alias.owner] == nil {
      found[alias.owner] = surrogate.map { Found(surrogate: $0, isNew: false) }
    }
    var chosen = found.map { $0 ?? Found(surrogate: .random(using: &random), isNew: true) }
    let missing = zip(aliases, held).filter { $1 == nil }.map(\.0).sorted()
    guard !missing.isEmpty else { return chosen }
    let inserted = try insert(missing, chosen)
    if inserted < missing.count { try yield(missing, &chosen) }
    return chosen
  }

  private func look(for aliases: [Alias]) throws(PostgreSQLError) -> [Surrogate?] {
    var held = [Surrogate?](repeating: nil, count: aliases.count)
    let rows = try connection.query(
      """
      SELECT k.position, s.surrogate
      FROM unnest(\(aliases.map(\.company)), \(aliases.map(\.kind.rawValue)), \(aliases.map(\.pseudonym)))
        WITH ORDINALITY AS k (company_id, kind, pseudonym, position)
      CROSS JOIN LATERAL (
        SELECT surrogate FROM billing.subjects
        WHERE company_id = k.company_id AND kind = k.kind::"char" AND pseudonym = k.pseudonym LIMIT 1) AS s
      """)
    // Ordinality counts from 1.
    for row in rows { held[Int(try row.decode(Int64.self, at: 0)) - 1] = try row.decode(at: 1) }
    return held
  }

  /// - Returns: how many were not there.
  private func insert(_ missing: [Alias], _ chosen: [Found]) throws(PostgreSQLError) -> Int {
    try connection.update(
      """
      INSERT INTO billing.subjects (company_id, kind, pseudonym, surrogate)
      SELECT company_id, kind::"char", pseudonym, surrogate
      FROM unnest(\(missing.map(\.company)), \(missing.map(\.kind.rawValue)), \(missing.map(\.pseudonym)),
        \(missing.map { chosen[$0.owner].surrogate })) AS s (company_id, kind, pseudonym, surrogate)
      ON CONFLICT DO NOTHING
      """)
  }

  /// Another replica has made some of the subjects at the same moment, and is done: its surrogates stand. The rows that
  /// were made here for the same subjects by other keys follow them.
  private func yield(_ missing: [Alias], _ chosen: inout [Found]) throws(PostgreSQLError) {
    var adopted: Set<Int> = []
    let held = try look(for: missing)
    for (alias, surrogate) in zip(missing, held) {
      guard let surrogate, chosen[alias.owner].isNew, surrogate != chosen[alias.owner].surrogate else { continue }
      chosen[alias.owner] = Found(surrogate: surrogate, isNew: false)
      adopted.insert(alias.owner)
    }
    let own = zip(missing, held).filter { alias, surrogate in
      adopted.contains(alias.owner) && surrogate != chosen[alias.owner].surrogate
    }.map(\.0)
    guard !own.isEmpty else { return }
    _ = try connection.update(
      """
      UPDATE billing.subjects s SET surrogate = k.surrogate
      FROM unnest(\(own.map(\.company)), \(own.map(\.kind.rawValue)), \(own.map(\.pseudonym)),
        \(own.map { chosen[$0.owner].surrogate })) AS k (company_id, kind, pseudonym, surrogate)
      WHERE s.company_id = k.company_id AND s.kind = k.kind::"char" AND s.pseudonym = k.pseudonym
      """)
  }
}
