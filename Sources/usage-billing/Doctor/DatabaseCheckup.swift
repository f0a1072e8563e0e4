import Billing
import Ledger
import Operations
import PostgreSQL

/// Looks at the database and what is in it.
struct DatabaseCheckup {
  /// Messages may lie five minutes ahead of this machine's clock; a good part of that is for the senders' clocks.
  private static let toleratedClockDifference: Int64 = 5_000_000
  /// An event is published right after the commit that owes it.
  private static let toleratedOutboxAge: Int64 = 120_000_000

  let wiring: Wiring
  let clock: @Sendable () -> Int64

  /// What depends on something that is wrong is not looked at.
  func findings() throws(ConfigurationMistakes) -> [Finding] {
    let configuration = try wiring.databaseConfiguration()
    let connection: Connection
    let version: String
    do throws(PostgreSQLError) {
      connection = try Connection(configuration)
      version = try connection.query("SELECT current_setting('server_version')").one().decode(at: 0)
    } catch {
      return [.wrong("database", FailureText.text(of: error), "start the server, or correct DATABASE_URL")]
    }
    var findings: [Finding] = [.fine("database", "\(configuration), PostgreSQL \(version)")]
    findings.append(check("clock", connection, difference))
    let schema = schema(connection)
    findings.append(schema)
    guard schema.status == .fine else { return findings }
    findings.append(catalog(connection))
    findings.append(check("event outbox", connection, outbox))
    findings.append(check("companies", connection, companies))
    findings += OutboxCheckup().findings(connection)
    return findings
  }

  private func check(
    _ subject: String, _ connection: Connection,
    _ look: (Connection) throws(PostgreSQLError) -> Finding
  ) -> Finding {
    do throws(PostgreSQLError) {
      return try look(connection)
    } catch {
      return .wrong(subject, FailureText.text(of: error), "look at the database server's log")
    }
  }

  private func schema(_ connection: Connection) -> Finding {
    do {
      let schemas = try Schemas(wiring.configuration)
      guard let problem = try SchemaMigrations(schemas.migrations()).check(connection).problem else {
        return .fine("schema", "up to date (\(schemas.folder))")
      }
      let parts = problem.split(separator: ";", maxSplits: 1)
      return .wrong("schema", String(parts[0]), parts.count == 2 ? String(parts[1].dropFirst()) : "migrate")
    } catch {
      return .wrong("schema", FailureText.text(of: error), "run: usage-billing migrate")
    }
  }

  private func catalog(_ connection: Connection) -> Finding {
    do {
      let catalog = try CatalogStore.catalog(connection)
      return .fine(
        "catalog", "version \(catalog.version), \(catalog.metrics.count) metrics, \(catalog.plans.count) plans")
    } catch {
      return .wrong("catalog", FailureText.text(of: error), "run: usage-billing catalog apply FILE")
    }
  }

  /// Half of the round trip is the best guess of how old the server's answer is.
  private func difference(_ connection: Connection) throws(PostgreSQLError) -> Finding {
    let before = clock()
    let server: Instant = try connection.query("SELECT clock_timestamp()").one().decode(at: 0)
    let after = clock()
    let difference = server.microseconds - (before + (after - before) / 2)
    let text =
      "the database's is \(difference.magnitude / 1000) ms \(difference < 0 ? "behind" : "ahead of") this machine's"
    guard difference.magnitude <= UInt64(Self.toleratedClockDifference) else {
      return .wrong("clock", text, "synchronise both clocks (NTP): usage is judged too early or too old by them")
    }
    return .fine("clock", text)
  }

  private func outbox(_ connection: Connection) throws(PostgreSQLError) -> Finding {
    let row = try connection.query(
      """
      SELECT count(*), coalesce((extract(epoch FROM clock_timestamp() - min(created_at)) * 1000000)::bigint, 0),
        count(*) FILTER (WHERE problem = 'unroutable'), count(*) FILTER (WHERE problem IS NOT NULL)
      FROM billing.event_outbox
      """
    ).one()
    let (count, age) = (try row.decode(Int.self, at: 0), try row.decode(Int64.self, at: 1))
    let (unroutable, withProblem) = (try row.decode(Int.self, at: 2), try row.decode(Int.self, at: 3))
    guard count > 0 else { return .fine("event outbox", "empty") }
    let text = "\(count) messages, the oldest \(age / 1_000_000) s old, \(unroutable) that no queue takes"
    if unroutable > 0 {
      return .wrong(
        "event outbox", text,
        "bind a queue to exchange \(wiring.configuration.eventsExchange) with key billing.threshold_exceeded;"
          + " they are published again by themselves")
    }
    guard withProblem == 0, age <= Self.toleratedOutboxAge else {
      return .wrong("event outbox", text, "see that a usage-worker runs and reaches the broker")
    }
    return .fine("event outbox", text)
  }

  private func companies(_ connection: Connection) throws(PostgreSQLError) -> Finding {
    let row = try connection.query(
      "SELECT count(*), count(*) FILTER (WHERE registered_at IS NULL) FROM billing.companies"
    ).one()
    let (all, unregistered) = (try row.decode(Int.self, at: 0), try row.decode(Int.self, at: 1))
    let text = "\(all), of which \(unregistered) unregistered"
    guard unregistered > 0 else { return .fine("companies", text) }
    return .note("companies", text, "see: usage-billing companies list --unregistered")
  }
}
