import PostgreSQL

extension Connection {
  /// A connection for a lane: it does key look-ups only, so it plans for those whatever the statistics say. A plan made
  /// while a table was empty, and kept, would otherwise scan millions of rows a month later.
  public static func forLedger(_ configuration: DatabaseConfiguration) throws(LedgerError) -> Connection {
    var configuration = configuration
    configuration.statementTimeout = .seconds(30)
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
