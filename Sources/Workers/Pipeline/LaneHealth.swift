import Operations

/// What a lane tells of its state.
struct LaneHealth {
  /// Holds while the lane consumes.
  let consumer: Health.Condition
  let pulse: Health.Pulse

  /// Longer than anything within a round that ends at all: statements of 30 seconds, a few times over, and confirms.
  private static let longestRound = Duration.seconds(180)

  init(_ health: Health, _ labels: QueueLabels, lane: Int) {
    consumer = health.condition(labels.consumer, lane)
    pulse = health.pulse(labels.lane, lane, limit: Self.longestRound)
  }
}
