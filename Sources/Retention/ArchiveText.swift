import PostgreSQL

/// The settings by which values become the archive's text and come back: the same for every session.
enum ArchiveText {
  private static let settings = ["timezone", "datestyle", "bytea_output", "client_encoding", "synchronize_seqscans"]

  /// - Returns: how to undo it.
  static func set(on connection: Connection) throws(PostgreSQLError) -> String {
    let former = try connection.query(
      """
      SELECT string_agg(format('SET %I = %L', name, setting), '; ') FROM pg_settings WHERE lower(name) = ANY (\(settings))
      """
    ).one().decode(String.self, at: 0)
    try connection.execute(
      """
      SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET client_encoding = 'UTF8';
      SET synchronize_seqscans = off
      """)
    return former
  }

  /// Where that fails the connection is gone, and its settings with it.
  static func reset(on connection: Connection, to former: String) {
    try? connection.execute(former)
  }
}
