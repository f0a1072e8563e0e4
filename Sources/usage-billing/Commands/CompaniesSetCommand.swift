import Billing
import JSON
import Ledger

/// `companies set`: registers or changes a company.
struct CompaniesSetCommand: Command {
  let words = ["companies", "set"]
  let summary = "Registers a company, or changes one."
  let usage = Usage(
    arguments: [.company],
    options: [
      .value("name", "TEXT", "what people call it"),
      .value("plan", "PLAN", "a plan of the catalog; at first the default one"),
      .value("currency", "CODE", "has to be the plan's: guards against the wrong plan"),
      .value("anchor-day", "DAY", "day of the month on which its periods begin, 1 to 31"),
      .value("status", "STATUS", CompanyStatus.allCases.map(\.rawValue).joined(separator: ", ")),
      .value("joined", "YYYY-MM-DD|none", "first day that the base fee is owed for; none: all of the first period"),
      .value("left", "YYYY-MM-DD|none", "first day that it is no longer owed for; none: the company stays"),
      .value("stripe-customer", "ID", "cus_…"),
      .value("stripe-subscription", "ID", "sub_…"),
      .value("stripe-subscription-start", "YYYY-MM-DD", "first day of the first period that it bills"),
      .value("stripe-mode", "MODE", StripeMode.allCases.map(\.rawValue).joined(separator: ", ")),
      .value("stripe-since", "YYYY-MM-DD", "reports begin with the period that holds this day"),
      .value("rate", "METRIC:FIELD=VALUE,…", "an own rate", isRepeatable: true),
      .json,
    ],
    notes: """
      Fields of --rate: unitPrice, included, threshold, levels (0.5/0.8/1, or none); the value plan goes back to the plan's:
        --rate order:unitPrice=0.08,included=100 --rate api_call:threshold=plan
      Fields not named stay. Price and quota hold for periods that begin from today on (at registration: for all),
      threshold and levels at once. Another plan or anchor day holds from the next period on. An own price is refused
      where the plan has tiers.
      The base fee of a period is owed by whole days for those from --joined to before --left. A company whose status
      becomes cancelled has left today, unless --left says otherwise or did before; another status takes that back.
      Reports to Stripe begin with the period in which --stripe-mode first leaves off; a subscription bills from the
      current period on unless it is told from when. Usage before it becomes invoice items.
      Registering announces the thresholds that the company's usage has reached already.
      """)

  private static let day = "a day: 2025-01-31"
  private static let dayOrNone = "a day, or none: 2025-01-31"

  private static func day(_ text: String) -> CompanyChanges.Day? {
    text == "none" ? CompanyChanges.Day.never : CivilDate(text).map { .day($0) }
  }

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let text = try arguments.argument("COMPANY")
    // Before the general rule, which would not say why an e-mail address is refused.
    if let problem = PersonalDataRule.problem(in: text) { throw UsageError(problem) }
    let id = try arguments.company()
    let changes = try changes(arguments)
    let connection = try context.wiring(.database).openDatabase()
    let change = try CompanyStore(connection).set(id, changes, by: context.person, now: context.now)
    context.show(Result(change: change), arguments)
    return .success
  }

  func changes(_ arguments: ParsedArguments) throws(UsageError) -> CompanyChanges {
    func oneOf<Value: CaseIterable & RawRepresentable>(_ type: Value.Type) -> String where Value.RawValue == String {
      "one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")
    }
    var changes = CompanyChanges()
    changes.displayName = arguments.value("name")
    changes.plan = try arguments.value("plan", "1 to 64 of A-Z a-z 0-9 . _ -") { PlanID($0) }
    changes.currency = try arguments.value("currency", "a currency of ISO 4217: usd") { Currency($0) }
    changes.anchorDay = try arguments.value("anchor-day", "a day from 1 to 31") { Int($0).flatMap { AnchorDay($0) } }
    changes.status = try arguments.value("status", oneOf(CompanyStatus.self)) { CompanyStatus(rawValue: $0) }
    changes.joined = try arguments.value("joined", Self.dayOrNone, Self.day)
    changes.left = try arguments.value("left", Self.dayOrNone, Self.day)
    changes.stripeCustomer = arguments.value("stripe-customer")
    changes.stripeSubscription = arguments.value("stripe-subscription")
    changes.stripeMode = try arguments.value("stripe-mode", oneOf(StripeMode.self)) { StripeMode(rawValue: $0) }
    changes.stripeSubscriptionStart = try arguments.value("stripe-subscription-start", Self.day) { CivilDate($0) }
    changes.stripeSince = try arguments.value("stripe-since", Self.day) { CivilDate($0) }
    for rate in arguments.values("rate") { changes.rates.append(try RateOption.read(rate)) }
    return changes
  }

  private struct Result: Presentable {
    let change: CompanyStore.Change

    var text: String {
      let head = change.isRegistration ? "registered \(change.company.id)\n" : "changed \(change.company.id)\n"
      let owed = change.alerts == 0 ? "" : "threshold messages now owed: \(change.alerts)\n"
      return head + owed + "\n" + CompanyView(company: change.company).text
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("newlyRegistered", change.isRegistration)
        $0.field("thresholdMessages", change.alerts)
        $0.key("company")
        CompanyView(company: change.company).encode(into: &$0)
      }
    }
  }
}
