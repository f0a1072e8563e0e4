/// Seconds since 1970, both ends included.
struct TimeRange: Sendable {
  let first: Int
  let last: Int

  func contains(_ time: Int) -> Bool { first <= time && time <= last }
}
