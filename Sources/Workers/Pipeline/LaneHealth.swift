import Operations

/// What a lane tells of its state.
struct LaneHealth {
  /// Holds while the lane consumes.
  let consumer: Health.Condition
  let pulse: Health.Pulse

  static let consumerName: StaticString = "consumer of lane"
  /// Longer than anything within a round that ends at all: statements of 30 seconds, a few times over, and confirms.
  private static let longestRound = Duration.seconds(180)

  init(_ health: Health, lane: Int) {
    consumer = health.condition(Self.consumerName, lane)
    pulse = health.pulse("lane", lane, limit: Self.longestRound)
  }
}
