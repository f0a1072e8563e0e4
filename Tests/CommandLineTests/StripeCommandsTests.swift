import Testing

@testable import usage_billing

@Suite("Commands that speak to Stripe")
struct StripeCommandsTests {
  @Test("Without a key, or with one that no header can hold, nothing is asked, and every mistake is named")
  func key() {
    for arguments in [["stripe", "setup"], ["stripe", "subscribe", "comp-123"]] {
      let none = Self.run(arguments, [:])
      #expect(none.status == .wrongUsage)
      #expect(none.errors.contains("STRIPE_SECRET_KEY (or STRIPE_SECRET_KEY_FILE) must be set"))
      #expect(none.errors.contains("DATABASE_URL (or DATABASE_URL_FILE) must be set"))
      let strange = Self.run(arguments, ["STRIPE_SECRET_KEY": "sk test hidden", "DATABASE_URL": "postgresql://x@h/d"])
      #expect(strange.status == .wrongUsage)
      #expect(strange.errors.contains("STRIPE_SECRET_KEY cannot be used") && !strange.errors.contains("hidden"))
    }
  }

  private static func run(_ arguments: [String], _ environment: [String: String]) -> Run {
    arguments.count == 2
      ? Run(arguments[0], arguments[1], environment: environment)
      : Run(arguments[0], arguments[1], arguments[2], environment: environment)
  }
}
