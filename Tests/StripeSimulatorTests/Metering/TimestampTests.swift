import Testing

@testable import StripeSimulator

@Suite struct TimestampTests {
  @Test(
    "times of RFC 3339 are read with any offset, and written in UTC",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
      ("2024-02-29T23:59:59.999999Z", 1_709_251_199_999_999, "2024-02-29T23:59:59.999Z"),
      ("2025-01-15T13:30:00+01:30", 1_736_942_400_000_000, "2025-01-15T12:00:00.000Z"),
      ("2025-01-15t07:00:00.5-05:00", 1_736_942_400_500_000, "2025-01-15T12:00:00.500Z"),
      ("1969-12-31T23:59:59.500Z", -500_000, "1969-12-31T23:59:59.500Z"),
    ])
  func reading(_ text: String, _ microseconds: Int64, _ written: String) {
    #expect(Timestamp.read(text) == microseconds)
    #expect(Timestamp.text(microseconds) == written)
  }

  @Test(
    "what is no time is none",
    arguments: [
      "", "2025-01-15", "2025-01-15T12:00:00", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-10T00:00:00Z",
      "2025-01-00T00:00:00Z", "2025-01-15T24:00:00Z", "2025-01-15T12:60:00Z", "2025-01-15T12:00:00.Z",
      "2025-01-15T12:00:00Zx", "2025-01-15T12:00:00+1:00", "2025-01-15T12:00:00+01:60", "2025-01-15T12:00:0aZ",
      "２025-01-15T12:00:00Z", "1736942400",
    ])
  func refusals(_ text: String) { #expect(Timestamp.read(text) == nil) }
}
