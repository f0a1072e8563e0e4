/// What metrics and health call a work queue, its dead letters and its lanes, whatever their names at the broker are: a
/// process may work several queues off.
public struct QueueLabels: Sendable {
  public static let usage = QueueLabels(
    work: "usage", deadLetters: "usage_dead_letter", consumer: "consumer of lane", lane: "lane")
  public static let orders = QueueLabels(
    work: "orders", deadLetters: "orders_dead_letter", consumer: "consumer of order lane", lane: "order lane")

  let work: StaticString
  let deadLetters: StaticString
  /// Conditions: that a lane consumes.
  let consumer: StaticString
  /// Pulses.
  let lane: StaticString
}
