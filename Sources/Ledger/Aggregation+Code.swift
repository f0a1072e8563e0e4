import Billing

/// One letter in the totals' tables.
extension Aggregation {
  var code: String {
    switch self {
    case .sum: "s"
    case .count: "c"
    case .max: "m"
    case .last: "l"
    case .unique: "u"
    }
  }
}
