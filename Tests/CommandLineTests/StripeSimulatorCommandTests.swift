import Testing

@testable import usage_billing

@Suite struct StripeSimulatorCommandTests {
  @Test(
    "options that make no sense are wrong usage, and nothing is served",
    arguments: [
      ("--limits", "few"), ("--port", "65536"), ("--port", "http"), ("--latency-ms", "-1"), ("--keep-requests", "some"),
      ("--summary-lag", "1.5"),
    ])
  func wrongUsage(_ option: String, _ value: String) {
    let run = Run("stripe-simulator", option, value)
    #expect(run.status == .wrongUsage)
    #expect(run.errors.contains(option) && run.output.isEmpty)
  }

  @Test("an address that is none of this machine is a failure, and is named")
  func wrongAddress() {
    let run = Run("stripe-simulator", "--address", "nowhere")
    #expect(run.status == .failure)
    #expect(run.errors.contains("nowhere:12111") && run.output.isEmpty)
  }
}
