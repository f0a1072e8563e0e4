import Synchronization

/// Whether a process is alive, and whether it can do its work.
///
/// *Alive* means that a restart would mend nothing: every part that has a pulse has given a sign lately. *Ready* means that
/// everything the work needs is there: broker, database, consumers.
public final class Health: Sendable {
  /// Something the work needs; missing until it is confirmed.
  public final class Condition: Sendable {
    fileprivate let kind: StaticString
    fileprivate let name: String
    private let validity: Duration?
    private let confirmed: Mutex<ContinuousClock.Instant?> = Mutex(nil)

    fileprivate init(_ kind: StaticString, _ number: Int?, validity: Duration?) {
      self.kind = kind
      name = Health.name(kind, number)
      self.validity = validity
    }

    /// It is there, as was just seen.
    public func confirm() { confirmed.withLock { $0 = .now } }

    /// It is gone.
    public func withdraw() { confirmed.withLock { $0 = nil } }

    public var holds: Bool {
      confirmed.withLock { confirmed in
        guard let confirmed else { return false }
        return validity.map { confirmed.duration(to: .now) <= $0 } ?? true
      }
    }
  }

  /// The sign of life of a part that works in rounds.
  public final class Pulse: Sendable {
    fileprivate let name: String
    private let limit: Duration
    private let last = Mutex(ContinuousClock.now)

    fileprivate init(_ name: String, limit: Duration) {
      self.name = name
      self.limit = limit
    }

    /// Another round has begun.
    public func beat() { last.withLock { $0 = .now } }

    public var isStuck: Bool { last.withLock { $0.duration(to: .now) > limit } }
  }

  private let conditions: Mutex<[Condition]> = Mutex([])
  private let pulses: Mutex<[Pulse]> = Mutex([])

  public init() {}

  /// - Parameters:
  ///   - name: shown while it is missing; with a number, "consumer of lane 0".
  ///   - validity: for how long a confirmation holds; for ever by default.
  public func condition(_ name: StaticString, _ number: Int? = nil, validity: Duration? = nil) -> Condition {
    let condition = Condition(name, number, validity: validity)
    conditions.withLock { $0.append(condition) }
    return condition
  }

  /// - Parameter limit: the longest time that a round may take.
  public func pulse(_ name: StaticString, _ number: Int? = nil, limit: Duration) -> Pulse {
    let pulse = Pulse(Self.name(name, number), limit: limit)
    pulses.withLock { $0.append(pulse) }
    return pulse
  }

  /// What is missing; empty means ready.
  public var missing: [String] { conditions.withLock { $0 }.filter { !$0.holds }.map(\.name) }

  /// How many conditions of a name hold, whatever their numbers.
  public func count(of name: StaticString) -> Int {
    conditions.withLock { $0 }.count { $0.kind.description == name.description && $0.holds }
  }

  /// What has given no sign of life for too long; empty means alive.
  public var stuck: [String] { pulses.withLock { $0 }.filter(\.isStuck).map(\.name) }

  private static func name(_ name: StaticString, _ number: Int?) -> String {
    name.description + (number.map { " \($0)" } ?? "")
  }
}
