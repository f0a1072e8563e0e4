extension HTTPServer {
  /// What peers may ask of a server.
  public struct Limits: Sendable {
    /// Bytes of a request's body; more is answered with 413.
    public var maximumBodySize = 1 << 20
    /// Bytes that a connection may use for one request's first line and header fields, and for sending. At least 1,024.
    public var connectionMemory = 32 << 10
    /// Connections at once; others wait in the system's queue until one ends.
    public var maximumConnections = 64
    /// A connection on which nothing moves for so long is closed. Whole seconds.
    public var idleTimeout: Duration = .seconds(15)
    /// From a connection's beginning, or the answer before, to the end of the next request: one who sends a byte now and
    /// then is cut off.
    public var requestTimeout: Duration = .seconds(30)
    /// Threads that answer. A connection stays with its thread.
    public var threads = 1

    public init() {}
  }
}
