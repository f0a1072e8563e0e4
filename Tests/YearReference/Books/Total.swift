/// Names a total: a metric in the period that begins on a day.
struct Total: Hashable {
  let metric: String
  let start: Day
}

/// How much of a total stands on lines.
struct Charged {
  var quantity = Ratio.zero
  var amount: Int128 = 0
  var lines = 0
}
