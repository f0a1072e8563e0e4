/// What a check-up found out about one thing.
struct Finding {
  enum Status: String {
    case fine
    /// Worth knowing; nothing has to be done.
    case note
    /// Something has to be done.
    case wrong
  }

  /// What was looked at: `database`, `queue usage.recorded`.
  let subject: String
  let status: Status
  /// What was found.
  let detail: String
  /// What to do now; for everything that is wrong.
  let advice: String?

  static func fine(_ subject: String, _ detail: String) -> Finding {
    Finding(subject: subject, status: .fine, detail: detail, advice: nil)
  }

  static func note(_ subject: String, _ detail: String, _ advice: String? = nil) -> Finding {
    Finding(subject: subject, status: .note, detail: detail, advice: advice)
  }

  static func wrong(_ subject: String, _ detail: String, _ advice: String) -> Finding {
    Finding(subject: subject, status: .wrong, detail: detail, advice: advice)
  }
}
