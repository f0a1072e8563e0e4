import Billing
import Invoicing
import Testing

@Suite("When reports are due")
struct ReportScheduleTests {
  private static func at(_ time: String) throws -> Instant { try #require(Instant("2025-01-31T\(time)Z")) }

  @Test("moments are fixed times of the day: whoever asks, whenever, is told the same")
  func fixed() throws {
    let schedule = ReportSchedule(interval: .seconds(3600), grace: .seconds(1800))
    #expect(schedule.latest(at: try Self.at("13:59:59.999999")) == (try Self.at("13:00:00")))
    #expect(schedule.latest(at: try Self.at("14:00:00")) == (try Self.at("14:00:00")))
    #expect(schedule.next(after: try Self.at("14:00:00")) == (try Self.at("15:00:00")))
    #expect(schedule.next(after: try Self.at("23:00:00")) == (try #require(Instant("2025-02-01T00:00:00Z"))))
  }

  @Test(
    "once a day there is still the period's end, the last report before the grace time ends, and Stripe's hour"
  )
  func ends() throws {
    let schedule = ReportSchedule(interval: .seconds(86_400), grace: .seconds(1800))
    var moment = try Self.at("00:00:00")
    var moments: [String] = []
    for _ in 0..<3 {
      moments.append(moment.description)
      moment = schedule.next(after: moment)
    }
    let expected = try ["00:00:00", "00:29:00", "01:01:00"].map { try Self.at($0).description }
    #expect(moments == expected)
    #expect(moment == (try #require(Instant("2025-02-01T00:00:00Z"))))
  }

  @Test("an interval that does not divide the day begins anew at midnight: nothing drifts")
  func midnight() throws {
    let schedule = ReportSchedule(interval: .seconds(7 * 3600), grace: .zero)
    #expect(schedule.latest(at: try Self.at("23:59:59")) == (try Self.at("21:00:00")))
    #expect(schedule.next(after: try Self.at("21:00:00")) == (try #require(Instant("2025-02-01T00:00:00Z"))))
  }
}
