/// What a call is doing, kept unassembled so that naming it costs nothing until it fails.
struct Operation {
  let verb: StaticString
  let subject: String

  init(_ verb: StaticString, _ subject: String = "") {
    self.verb = verb
    self.subject = subject
  }

  var text: String {
    subject.isEmpty ? "\(verb)" : "\(verb) \(subject)"
  }
}
