import Operations

/// Asks a server once a second whether it answers, on a thread and a connection of its own: that of a lane may be silent
/// for good reasons, and broken without knowing it.
enum Probe {
  /// A slow answer is none: it is better to be told of.
  static let patience = Duration.seconds(2)
  /// For how long an answer counts. A frozen server is noticed when it is over, whatever the question hangs on.
  static let validity = Duration.seconds(2.5)
  private static let interval = Duration.seconds(1)

  /// Asks until the stop signal.
  static func run(_ condition: Health.Condition, stop: StopSignal, ask: () throws -> Void) {
    let bell = stop.makeBell()
    while !stop.isSet {
      do {
        try ask()
        condition.confirm()
      } catch {
        // The lanes, which have the same trouble, log what it is.
        condition.withdraw()
      }
      bell.wait(atMost: interval)
    }
  }
}
