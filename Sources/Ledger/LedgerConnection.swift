import PostgreSQL
// Every file of this target binds and reads the domain's values by it.
import Storage

extension Connection {
  /// A session for counting: what a lane works with.
  ///
  /// A lane does nothing but look-ups by key and inserts, with the same few statements all day. The planner must not be
  /// given a choice: a plan made while a table was empty, and kept, would scan millions of rows a month later. So plans
  /// are generic and made of index scans only; compiling them would cost more than running them.
  ///
  /// The server's own limits (30 s for a statement, 60 s for a transaction that nobody continues) end what a vanished
  /// worker has left behind, so that its locks do not stop the others.
  ///
  /// - Parameter applicationName: shown in `pg_stat_activity`, in place of the configuration's.
  public static func forLedger(
    _ configuration: DatabaseConfiguration, applicationName: String? = nil
  ) throws(LedgerError) -> Connection {
    var configuration = configuration
    configuration.statementTimeout = .seconds(30)
    if let applicationName { configuration.applicationName = applicationName }
    return try database { () throws(PostgreSQLError) in
      let connection = try Connection(configuration)
      try connection.execute(
        """
        SET plan_cache_mode = force_generic_plan;
        SET enable_seqscan = off;
        SET enable_hashjoin = off;
        SET enable_mergejoin = off;
        SET jit = off;
        SET idle_in_transaction_session_timeout = '60s'
        """)
      return connection
    }
  }
}
