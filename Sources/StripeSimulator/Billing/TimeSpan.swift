/// From `start` up to `end`, which is not in it; seconds since 1970.
struct TimeSpan: Hashable, Sendable {
  var start: Int
  var end: Int

  var seconds: Int { end - start }
  var isEmpty: Bool { end <= start }
}
