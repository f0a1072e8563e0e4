import JSON

/// What a load published, all of it confirmed by the broker.
public struct LoadSummary: Sendable, Hashable {
  /// Distinct good messages.
  public internal(set) var good = 0
  /// Exact repeats.
  public internal(set) var duplicates = 0
  /// Repeats on the other side of a month's boundary.
  public internal(set) var crossMonthDuplicates = 0
  public internal(set) var bad = 0
  /// Messages sent again because their fate was unknown or the broker refused them: some may be there twice.
  public internal(set) var resent = 0
  public internal(set) var milliseconds = 0

  public var total: Int { good + duplicates + crossMonthDuplicates + bad }
  /// Messages a second.
  public var rate: Int { total * 1000 / max(1, milliseconds) }

  public func write(to json: inout JSONWriter) {
    json.object {
      $0.field("published", total)
      $0.field("good", good)
      $0.field("duplicates", duplicates)
      $0.field("crossMonthDuplicates", crossMonthDuplicates)
      $0.field("bad", bad)
      $0.field("resent", resent)
      $0.field("milliseconds", milliseconds)
      $0.field("rate", rate)
    }
  }
}
