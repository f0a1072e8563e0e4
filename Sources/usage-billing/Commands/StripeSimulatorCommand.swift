import StripeSimulator

/// `stripe-simulator`: a Stripe to try things out with.
struct StripeSimulatorCommand: Command {
  let words = ["stripe-simulator"]
  let summary = "Serves a simulated Stripe, in memory, for demos and tests, until it is told to stop."
  let usage = Usage(
    options: [
      .value("port", "N", "the port to listen on; 0 for any free one (default: 12111)"),
      .value("address", "ADDRESS", "the address to listen on (default: 127.0.0.1)"),
      .value("limits", "LIMITS", "off, stripe (those of live mode) or sandbox (default: off)"),
      .value("latency-ms", "N", "how late each answer is, in milliseconds (default: 0)"),
      .value("summary-lag", "SECONDS", "how long meter event summaries lag behind (default: 0)"),
      .value("invoice-grace", "SECONDS", "how long a subscription's invoice stays a draft (default: 3600)"),
      .value("keep-requests", "N", "how many requests are kept for the list, or all (default: 10000)"),
    ],
    notes: """
      Prints one line, with the address that it serves. Any key that begins with sk_ is taken. Faults, the clock, and what
      was received are under /_simulator/; see docs/simulator.md.
      """)

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let settings = try settings(arguments)
    let port = try arguments.number("port", 0...65_535) ?? 12_111
    let address = arguments.value("address") ?? "127.0.0.1"
    // Before any thread is made, so that all of them leave these signals to this one.
    let signals = StopSignals()
    let simulator = try Simulator.start(address: address, port: UInt16(port), settings)
    context.output.line(
      "stripe simulator: http://\(address.contains(":") ? "[\(address)]" : address):\(simulator.port)")
    while !signals.wait(atMost: .seconds(60)) {}
    simulator.stop()
    return .success
  }

  private func settings(_ arguments: ParsedArguments) throws(UsageError) -> SimulatorSettings {
    var settings = SimulatorSettings()
    settings.limits =
      try arguments.value("limits", "off, stripe or sandbox") { text in
        switch text {
        case "off": .init()
        case "stripe": .stripe
        case "sandbox": .sandbox
        default: nil
        }
      } ?? settings.limits
    if let latency = try arguments.number("latency-ms", 0...600_000) { settings.latency = .milliseconds(latency) }
    if let lag = try arguments.number("summary-lag", 0...31_536_000) { settings.summaryLag = .seconds(lag) }
    if let grace = try arguments.number("invoice-grace", 0...31_536_000) { settings.invoiceGrace = .seconds(grace) }
    if arguments.value("keep-requests") == "all" {
      settings.requestLogSize = nil
    } else if let count = try arguments.number("keep-requests", 0...1_000_000_000) {
      settings.requestLogSize = count
    }
    return settings
  }
}
