import Billing
import Testing

@testable import Invoicing

@Suite("Which way usage can still go")
struct MeterWindowTests {
  private static func window(
    _ start: String = "2025-01-01", _ end: String = "2025-02-01", subscribedFrom: String? = nil,
    grace: Duration = .seconds(1800)
  ) throws -> MeterWindow {
    MeterWindow(
      period: try #require(BillingPeriod(start: day(start), end: day(end))),
      subscription: SubscriptionSpan(start: try subscribedFrom.map { try day($0) }), grace: grace)
  }

  private static func minute(_ route: MeterWindow.Route) -> String? {
    if case .meter(let minute, _) = route { return minute.description }
    return nil
  }

  @Test("within the period the newest minute is used, and none twice, nor one before the last")
  func within() throws {
    let window = try Self.window()
    let now = try instant("2025-01-15T12:34:56.789Z")
    let route = window.route(at: now, lastMinute: nil)
    #expect(
      route
        == .meter(
          minute: try instant("2025-01-15T12:34:00Z"), sendBefore: try instant("2025-02-01T00:55:00Z")))
    #expect(window.route(at: now, lastMinute: try instant("2025-01-15T12:34:00Z")) == .later)
    // The clock was set back since.
    #expect(window.route(at: now, lastMinute: try instant("2025-01-15T12:40:00Z")) == .later)
    #expect(
      Self.minute(window.route(at: now, lastMinute: try instant("2025-01-15T12:33:00Z"))) == "2025-01-15T12:34:00Z")
    #expect(window.route(at: try instant("2024-12-31T23:59:59.999999Z"), lastMinute: nil) == .later)
    #expect(
      Self.minute(window.route(at: try instant("2025-01-01T00:00:00Z"), lastMinute: nil)) == "2025-01-01T00:00:00Z")
  }

  @Test("nothing is told before the subscription has the period's prices, nor dated before it had them")
  func prices() throws {
    var window = try Self.window()
    let now = try instant("2025-01-01T02:00:30Z")
    window.billedFrom = try instant("2025-01-01T01:59:10Z")
    #expect(Self.minute(window.route(at: now, lastMinute: nil)) == "2025-01-01T02:00:00Z")
    window.billedFrom = try instant("2025-01-01T02:00:00.000001Z")
    #expect(window.route(at: now, lastMinute: nil) == .later)
    window.billedFrom = try instant("2025-01-31T23:30:00Z")
    #expect(window.route(at: try instant("2025-02-01T00:10:00Z"), lastMinute: nil) == .later)
    #expect(window.route(at: try instant("2025-02-01T00:30:00Z"), lastMinute: nil) == .close)
    window.billedFrom = nil
    window.isPriced = false
    #expect(window.route(at: now, lastMinute: nil) == .later)
    #expect(window.route(at: try instant("2025-02-01T00:10:00Z"), lastMinute: nil) == .later)
    #expect(window.route(at: try instant("2025-02-01T00:30:00Z"), lastMinute: nil) == .close)
  }

  @Test(
    "to the microsecond: at its end the period is reported at once, at the grace time's end no meter takes it any more")
  func edges() throws {
    let window = try Self.window()
    let minuteBefore = window.route(at: try instant("2025-01-31T23:59:59.999999Z"), lastMinute: nil)
    #expect(Self.minute(minuteBefore) == "2025-01-31T22:59:00Z")
    // An hour of minutes is kept for the reports after the end, so that each has one of its own.
    let used = try instant("2025-01-31T22:59:00Z")
    #expect(window.route(at: try instant("2025-01-31T23:59:59.999999Z"), lastMinute: used) == .later)
    #expect(
      Self.minute(window.route(at: try instant("2025-02-01T00:00:00Z"), lastMinute: used)) == "2025-01-31T23:00:00Z")
    let next = try instant("2025-01-31T23:00:00Z")
    #expect(
      Self.minute(window.route(at: try instant("2025-02-01T00:29:59.999999Z"), lastMinute: next))
        == "2025-01-31T23:01:00Z")
    #expect(window.route(at: try instant("2025-02-01T00:30:00Z"), lastMinute: next) == .close)
    #expect(
      window.route(at: try instant("2025-02-01T00:10:00Z"), lastMinute: try instant("2025-01-31T23:59:00Z")) == .later)
  }

  @Test(
    "an event has to arrive while Stripe's invoice is a draft: with a long grace time, the last minutes are the items'")
  func longGrace() throws {
    let window = try Self.window(grace: .seconds(3599))
    #expect(Self.minute(window.route(at: try instant("2025-02-01T00:54:59.999999Z"), lastMinute: nil)) != nil)
    #expect(window.route(at: try instant("2025-02-01T00:55:00Z"), lastMinute: nil) == .later)
    #expect(window.route(at: try instant("2025-02-01T00:59:58Z"), lastMinute: nil) == .later)
    #expect(window.route(at: try instant("2025-02-01T00:59:59Z"), lastMinute: nil) == .close)
  }

  @Test("no event's minute is older than Stripe takes, in any month, leap February and anchors included")
  func age() throws {
    for (start, end) in [
      ("2024-01-31", "2024-02-29"), ("2024-02-29", "2024-03-31"), ("2025-01-31", "2025-02-28"),
      ("2025-03-31", "2025-04-30"),
      ("2025-12-31", "2026-01-31"),
    ] {
      let window = try Self.window(start, end)
      var now = window.period.start.start
      while now < window.lateFrom {
        guard case .meter(let minute, let sendBefore) = window.route(at: now, lastMinute: nil) else {
          Issue.record("no minute at \(now)")
          return
        }
        #expect(window.period.contains(minute) && minute <= now && now < sendBefore)
        #expect(sendBefore <= minute.adding(days: 35).adding(seconds: -300))
        #expect(sendBefore <= window.period.end.start.adding(seconds: 3600 - 300))
        now = now.adding(seconds: 7321)
      }
    }
  }

  @Test("a minute that would be too old by the time it must arrive is not waited for longer than Stripe takes it")
  func longPeriod() throws {
    // No calendar month is that long; the rule holds all the same.
    let window = try Self.window("2025-01-01", "2025-04-01")
    #expect(
      window.route(at: try instant("2025-01-02T00:00:00Z"), lastMinute: nil)
        == .meter(minute: try instant("2025-01-02T00:00:00Z"), sendBefore: try instant("2025-02-05T23:55:00Z")))
  }

  @Test("a period from before the subscription goes on invoices, when it is over")
  func unsubscribed() throws {
    let window = try Self.window(subscribedFrom: "2025-02-01")
    #expect(window.route(at: try instant("2025-01-15T12:00:00Z"), lastMinute: nil) == .later)
    #expect(window.route(at: try instant("2025-02-01T00:29:59Z"), lastMinute: nil) == .later)
    #expect(window.route(at: try instant("2025-02-01T00:30:00Z"), lastMinute: nil) == .close)
    let subscribed = try Self.window(subscribedFrom: "2025-01-01")
    #expect(Self.minute(subscribed.route(at: try instant("2025-01-15T12:00:00Z"), lastMinute: nil)) != nil)
  }
}
