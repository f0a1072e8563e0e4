import Billing
import Outbox

/// What the commands about the outbox have in common.
enum OutboxArguments {
  static let company = Usage.Option.value("company", "COMPANY", "entries of this company only")
  static let optionalCompany = Usage.Argument("COMPANY", "one company; all if left out", .optional)

  static let idRule = "an entry's id, as outbox list shows it: 01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2"
}

extension ParsedArguments {
  static let companyRule = "1 to 128 of A-Z a-z 0-9 . _ : -"

  func entryID() throws(UsageError) -> EntryID {
    try argument("ID", OutboxArguments.idRule) { EntryID($0) }
  }

  func optionalEntryID() throws(UsageError) -> EntryID? {
    try optionalArgument("ID", OutboxArguments.idRule) { EntryID($0) }
  }

  func optionalCompany() throws(UsageError) -> CompanyID? {
    try optionalArgument("COMPANY", Self.companyRule) { CompanyID($0) }
  }

  /// `--company`.
  func companyOption() throws(UsageError) -> CompanyID? {
    try value("company", Self.companyRule) { CompanyID($0) }
  }
}
