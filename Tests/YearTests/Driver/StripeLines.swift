import PostgreSQL
import StripeSimulator
import YearReference

/// What customers are asked for at Stripe, line by line, against our lines.
///
/// Each metric of each billing period, each charge, and a customer's base fees together come to the same on both sides,
/// items included that wait for a next invoice. Equal to the cent: Stripe rounds each tier's amount by itself, so a plan
/// whose tiers had fractions of a cent in more than one of them could differ by a cent for each; no subscription's plan
/// here has, and so nothing is allowed for. Fees are compared as a sum, since a subscription asks for each one period
/// ahead of ours, and for none with its first invoice.
struct StripeLines {
  private(set) var differences: [String] = []
  /// Of how many customers with a subscription.
  private(set) var subscribed = 0

  private struct Sums {
    var ours: Int = 0
    var theirs: Int = 0
  }

  init(_ simulator: Simulator, _ eye: Connection) throws {
    let theirs = try Self.theirs(simulator)
    let rows = try eye.query(
      """
      SELECT company_id, stripe_customer, stripe_subscription IS NOT NULL FROM billing.companies
      WHERE stripe_mode = 'live' AND stripe_customer IS NOT NULL ORDER BY 1
      """)
    let ours = try Self.ours(eye)
    for row in rows {
      let (company, customer): (String, String) = (try row.decode(at: 0), try row.decode(at: 1))
      if try row.decode(Bool.self, at: 2) { subscribed += 1 }
      compare(company, ours[company] ?? [:], theirs[customer] ?? [:])
    }
  }

  private mutating func compare(_ company: String, _ ours: [String: Int], _ theirs: [String: Int]) {
    for line in Set(ours.keys).union(theirs.keys).sorted() where ours[line] ?? 0 != theirs[line] ?? 0 {
      differences.append("\(company), \(line): \(ours[line] ?? 0), at Stripe \(theirs[line] ?? 0)")
    }
  }

  // MARK: - Lines by what they are for

  private static func usage(_ metric: String, _ day: String) -> String { "\(metric) of \(day)" }
  private static func charge(_ number: String) -> String { "charge \(number)" }
  private static let fees = "base fees"

  /// By company.
  private static func ours(_ eye: Connection) throws -> [String: [String: Int]] {
    let rows = try eye.query(
      """
      SELECT i.company_id, l.kind, l.metric, l.period_start::text, l.charge_number::text, l.amount::bigint
      FROM billing.invoice_lines l JOIN billing.invoices i USING (company_id, invoice_no)
      JOIN billing.companies c USING (company_id)
      WHERE i.period_end > c.stripe_since
      """)
    var sums: [String: [String: Int]] = [:]
    for row in rows {
      let line =
        switch try row.decode(String.self, at: 1) {
        case "base_fee": fees
        case "charge": charge(try row.decode(at: 4))
        default: usage(try row.decode(at: 2), try row.decode(at: 3))
        }
      sums[try row.decode(at: 0), default: [:]][line, default: 0] += Int(try row.decode(Int64.self, at: 5))
    }
    return sums
  }

  /// By customer.
  private static func theirs(_ simulator: Simulator) throws -> [String: [String: Int]] {
    var sums: [String: [String: Int]] = [:]
    for invoice in simulator.effects.invoices {
      for line in invoice.lines {
        let name = line.meter.map { usage($0, "\(Moment(seconds: line.period.lowerBound).day)") } ?? name(line.metadata)
        sums[invoice.customer, default: [:]][name, default: 0] += line.amount
      }
    }
    for item in simulator.effects.invoiceItems where item.invoice == nil {
      sums[item.customer, default: [:]][name(item.metadata), default: 0] += item.amount
    }
    return sums
  }

  /// Of an item; what has no name of ours is the subscription's fee.
  private static func name(_ metadata: [String: String]) -> String {
    if let number = metadata["charge_number"] { return charge(number) }
    if let metric = metadata["metric"], let start = metadata["period_start"] { return usage(metric, start) }
    return fees
  }
}
