/// A usage record, as it was counted.
struct Record {
  let id: String
  let metric: String
  let counted: Ratio
  let at: Moment
  let subject: String?
  var isVoided = false
}
