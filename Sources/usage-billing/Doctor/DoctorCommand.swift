import JSON

/// `doctor`: looks at everything that the product needs and says what to do.
struct DoctorCommand: Command {
  let words = ["doctor"]
  let summary =
    "Checks database, schema, catalog, broker, queues, outboxes, Stripe, clocks and keys; says what to do now."
  let usage = Usage(options: [.json], notes: "Exit status 1 when something is wrong. Nothing is changed.")

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring(.database)
    var findings = try DatabaseCheckup(wiring: wiring, clock: context.clock).findings()
    findings += BrokerCheckup(wiring: wiring).findings()
    findings.append(StripeCheckup(wiring: wiring).finding())
    findings.append(Self.keys(wiring))
    let report = Report(findings: findings)
    context.show(report, arguments)
    return report.isHealthy ? .success : .failure
  }

  private static func keys(_ wiring: Wiring) -> Finding {
    guard let keyring = wiring.keyring else {
      return .wrong(
        "keys", "PATIENT_REFERENCE_KEY is not set, so no worker can start",
        "set it, or PATIENT_REFERENCE_KEY_FILE, to ID:HEXADECIMAL with at least 32 bytes; keep it safe and for good")
    }
    return .fine("keys", "\(keyring.count) for pseudonyms; new ones are made with \(keyring.newestKeyID)")
  }

  private struct Report: Presentable {
    let findings: [Finding]

    var isHealthy: Bool { !findings.contains { $0.status == .wrong } }

    var text: String {
      var table = Table([.text("Status"), .text("Checked"), .text("Found")])
      for finding in findings { table.add([finding.status.rawValue, finding.subject, finding.detail]) }
      let advice = findings.compactMap { finding in finding.advice.map { "  \(finding.subject): \($0)\n" } }
      return advice.isEmpty ? table.text : table.text + "\nWhat now:\n" + advice.joined()
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("healthy", isHealthy)
        $0.key("findings")
        $0.array {
          for finding in findings {
            $0.object {
              $0.field("subject", finding.subject)
              $0.field("status", finding.status.rawValue)
              $0.field("detail", finding.detail)
              $0.field("advice", optional: finding.advice)
            }
          }
        }
      }
    }
  }
}
