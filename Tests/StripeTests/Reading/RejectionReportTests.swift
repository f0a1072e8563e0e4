import Billing
import Outbox
import Testing

@testable import Stripe

@Suite("Stripe's reports of meter events that it rejected later")
struct RejectionReportTests {
  private static let entry = "01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d2"
  private static let other = "01943c1e-7d3a-7b1c-9f00-c2a6f0f3c1d3"

  private func listed(_ id: String = "evt_test_1") throws -> RejectionPage.Listed {
    let answer = StripeAnswer(
      200,
      """
      {"data": [{"id": "\(id)", "object": "v2.core.event", "created": "2024-09-26T17:46:22.134Z",
        "type": "v1.billing.meter.error_report_triggered"}], "next_page_url": null, "previous_page_url": null}
      """)
    return try #require(RejectionPage(answer)?.events.first)
  }

  /// As it is read a minute later.
  private func report(_ types: String, window: String = "2024-09-26T17:46:10.000Z") throws -> RejectionReport? {
    RejectionReport(
      StripeAnswer(
        200,
        """
        {"id": "evt_test_1", "object": "v2.core.event", "context": null, "created": "2024-09-26T17:46:22.134Z",
         "data": {"developer_message_summary": "There is 1 invalid event", "reason": {"error_count": 1,
           "error_types": \(types)}, "validation_end": "2024-09-26T17:46:20.000Z", "validation_start": "\(window)"},
         "livemode": false, "reason": null,
         "related_object": {"id": "mtr_test_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_test_1"},
         "type": "v1.billing.meter.error_report_triggered"}
        """), to: try listed(), now: try listed().createdAt.adding(seconds: 60))
  }

  private func type(_ code: String, _ count: Int, _ samples: String...) -> String {
    let errors = samples.map { #"{"error_message": "Zzyzx said so", "request": \#($0)}"# }.joined(separator: ",")
    return #"{"code": "\#(code)", "error_count": \#(count), "sample_errors": [\#(errors)]}"#
  }

  @Test("a published example is read: who, when, why, how many, and which")
  func example() throws {
    let report = try #require(
      try report("[\(type("meter_event_no_customer_defined", 3, #"{"identifier": "\#(Self.entry)"}"#))]"))
    #expect(report.event.text == "evt_test_1" && report.meter?.text == "mtr_test_1")
    #expect(report.window.lowerBound == Instant("2024-09-26T17:46:10Z"))
    #expect(report.window.upperBound == Instant("2024-09-26T17:46:20Z"))
    #expect(report.createdAt == Instant("2024-09-26T17:46:22.134Z"))
    #expect(report.kinds.map(\.problem.code) == ["meter_event_no_customer_defined"])
    #expect(report.kinds.map(\.events) == [3])
    #expect(report.kinds.map(\.named) == [[try #require(EntryID(Self.entry))]])
  }

  @Test(
    "an event is named by its identifier, or by the key of a request of ours; anything else names none",
    arguments: [
      (#"{"identifier": "\#(entry)"}"#, true), (#"{"identifier": "\#(entry)-12"}"#, true),
      (#"{"id": "", "idempotency_key": "\#(entry)"}"#, true), (#"{"identifier": "\#(entry)-"}"#, false),
      (#"{"identifier": "\#(entry)-1a"}"#, false), (#"{"identifier": "\#(entry)0"}"#, false),
      (#"{"identifier": "x\#(entry)"}"#, false), (#"{"identifier": 7}"#, false), ("{}", false), ("null", false),
    ])
  func names(request: String, isOurs: Bool) throws {
    let kind = try #require(try report("[\(type("archived_meter", 1, request))]")?.kinds.first)
    #expect(kind.named.map(\.description) == (isOurs ? [Self.entry] : []))
    #expect(kind.events == 1)
  }

  @Test("Stripe's codes are ours, those it adds are one word; kinds of one word are one kind; its texts go nowhere")
  func codes() throws {
    let report = try #require(
      try report(
        """
        [\(type("archived_meter", 1, #"{"identifier": "\#(Self.entry)"}"#)), \(type("zzyzx", 2)),
         \(type("qwertz", 3, #"{"identifier": "\#(Self.other)"}"#))]
        """))
    #expect(report.kinds.map(\.problem.code) == ["archived_meter", "meter_event_rejected"])
    #expect(report.kinds.map(\.events) == [1, 5])
    #expect(!"\(report)".lowercased().contains("zzyzx") && !"\(report)".contains("qwertz"))
  }

  @Test(
    "a report that says something else is kept as unreadable, for people; none is no report",
    arguments: ["[]", "{}", "null", #"[{"code": "archived_meter"}]"#, #"[{"code": "a", "error_count": -1}]"#, "[7]"])
  func unreadable(types: String) throws {
    let report = try #require(try report(types))
    #expect(report.kinds == [RejectionReport.Kind(.reportUnreadable, events: 1)])
    #expect(report.meter == nil)
  }

  @Test("times the wrong way round, and what Stripe says it has no more, are unreadable; errors are no answer")
  func answers() throws {
    let listed = try listed()
    #expect(
      try report("[\(type("archived_meter", 1))]", window: "2024-09-26T18:46:10.000Z")?.kinds.first?.problem
        == .reportUnreadable)
    let (young, old) = (listed.createdAt.adding(days: 30), listed.createdAt.adding(seconds: 30 * 86_400 + 1))
    #expect(RejectionReport(.error(404), to: listed, now: old)?.isUnreadable == true)
    #expect(RejectionReport(.error(404), to: listed, now: young) == nil)
    for answer in [
      .error(500), .error(403), StripeAnswer(404, "no such page"), StripeAnswer(200, "{"),
      .object("v2.core.event", "evt_other"),
    ] {
      #expect(RejectionReport(answer, to: listed, now: old) == nil)
    }
  }

  @Test("a page leads to the next as Stripe gave it, and never to another place")
  func pages() throws {
    func page(_ next: String) -> RejectionPage? {
      RejectionPage(StripeAnswer(200, #"{"data": [], "next_page_url": \#(next)}"#))
    }
    let path = "/v2/core/events?types%5B0%5D=a&page=page_1-~.=="
    let first = try #require(page("\"\(path)\""))
    #expect(first.next?.target == path && first.next?.endpoint == .events)
    #expect(try #require(page("null")).next == nil)
    for wrong in [
      "/v1/customers?page=1", "https://evil.example/v2/core/events?page=1", "/v2/core/events?page=a b",
      "/v2/core/events?page=a\\r\\nX: y", "/v2/core/events", "/v2/core/events?page=é",
    ] {
      #expect(page("\"\(wrong)\"") == nil, "\(wrong)")
    }
    #expect(RejectionPage(.error(401)) == nil)
    #expect(RejectionPage(StripeAnswer(200, "{}")) == nil)
  }

  @Test("other events in the list are passed over; one without a name makes the page unreadable")
  func otherEvents() throws {
    func page(_ object: String) -> RejectionPage? {
      RejectionPage(StripeAnswer(200, #"{"data": [\#(object)], "next_page_url": null}"#))
    }
    #expect(try #require(page(#"{"type": "v2.core.account.updated"}"#)).events.isEmpty)
    #expect(page(#"{"type": "v1.billing.meter.no_meter_found", "created": "2024-09-26T17:46:22.134Z"}"#) == nil)
    #expect(page("{}") == nil)
  }
}
