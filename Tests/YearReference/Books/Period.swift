/// A billing period of a company.
struct Period: Hashable {
  let start: Day
  /// The first day after it.
  let end: Day
  /// `nil` while nobody has registered the company.
  var plan: String?
  var isClosed = false

  var days: Int { end - start }

  func contains(_ moment: Moment) -> Bool { start <= moment.day && moment.day < end }
}
