import Billing
import Testing

@Suite("Instant")
struct InstantTests {
  @Test(
    "RFC 3339 is read with every offset",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1), ("2025-01-15T12:00:00Z", 1_736_942_400_000_000),
      ("2025-01-15T13:00:00+01:00", 1_736_942_400_000_000), ("2025-01-15T06:30:00-05:30", 1_736_942_400_000_000),
      ("2025-01-15t12:00:00z", 1_736_942_400_000_000), ("2025-01-15 12:00:00Z", 1_736_942_400_000_000),
      ("2025-01-15T12:00:00-00:00", 1_736_942_400_000_000), ("2025-01-15T12:00:00.1Z", 1_736_942_400_100_000),
      ("2025-01-15T12:00:00.0000009999999999999Z", 1_736_942_400_000_000),
      ("2025-01-15T12:00:00.123456999Z", 1_736_942_400_123_456), ("1970-01-01T00:00:00+23:59", -86_340_000_000),
      ("1970-01-01T00:00:00-23:59", 86_340_000_000), ("2000-02-29T00:00:00Z", 951_782_400_000_000),
      ("0001-01-01T00:00:00Z", -62_135_596_800_000_000), ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ] as [(String, Int64)])
  func valid(text: String, microseconds: Int64) {
    #expect(Instant(text)?.microseconds == microseconds)
  }

  @Test("a leap second is the last microsecond of its minute")
  func leapSecond() {
    #expect(Instant("2016-12-31T23:59:60Z")?.description == "2016-12-31T23:59:59.999999Z")
    #expect(Instant("2016-12-31T23:59:60.999Z")?.description == "2016-12-31T23:59:59.999999Z")
    #expect(Instant("2017-01-01T00:59:60+01:00")?.month.description == "2016-12-01")
    #expect(Instant("2016-12-31T23:59:61Z") == nil)
  }

  @Test(
    "what is no date and time with an offset is refused",
    arguments: [
      "", "2025", "2025-01-15", "2025-01-15T", "2025-01-15T12:00:00", "2025-01-15T12:00Z", "2025-02-30T00:00:00Z",
      "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2025-04-31T00:00:00Z", "2025-00-01T00:00:00Z",
      "2025-13-01T00:00:00Z", "2025-01-00T00:00:00Z", "2025-01-32T00:00:00Z", "0000-01-01T00:00:00Z",
      "2025-01-15T24:00:00Z", "2025-01-15T12:60:00Z", "2025-01-15T12:00:61Z", "2025-01-15T12:00:00.Z",
      "2025-01-15T12:00:00,5Z", "2025-01-15T12:00:00+0100", "2025-01-15T12:00:00+01", "2025-01-15T12:00:00+24:00",
      "2025-01-15T12:00:00+00:60", "2025-01-15T12:00:00ZZ", "2025-01-15T12:00:00Z ", " 2025-01-15T12:00:00Z",
      "2025-01-15_12:00:00Z", "2025-1-15T12:00:00Z", "+2025-01-15T12:00:00Z", "12025-01-15T12:00:00Z",
      "2025-01-15T1:00:00Z", "2025-01-15T-1:00:00Z", "2025-01-15T12:00:00\0", "٢٠٢٥-01-15T12:00:00Z",
      "2025-01-15T12:00:00+01:0",
      "2025-01-15T12:00:00+01:000", "2025-01-15T12:00:00.5", "2025-01-15T12:00:0",
    ])
  func invalid(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test(
    "an instant is written in UTC with as many decimals as it needs",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"), (100_000, "1970-01-01T00:00:00.1Z"),
      (120, "1970-01-01T00:00:00.00012Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
      (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ] as [(Int64, String)])
  func description(microseconds: Int64, text: String) {
    #expect(Instant(microseconds: microseconds).description == text)
    #expect(Instant(text)?.microseconds == microseconds)
  }

  @Test("day and month are those of UTC, also before 1970")
  func days() throws {
    let instant = try #require(Instant("2025-03-01T00:30:00+01:00"))
    #expect(instant.date.description == "2025-02-28")
    #expect(instant.month.description == "2025-02-01")
    #expect(Instant(microseconds: -1).date.description == "1969-12-31")
    #expect(Instant(microseconds: -86_400_000_000).date.description == "1969-12-31")
    #expect(Instant(microseconds: -86_400_000_001).date.description == "1969-12-30")
  }
}
