import Testing
import YearReference

@Suite("The slow computation: edges of the clock")
struct ClockEdgeTests {
  @Test("A leap day is there in 2028, and not in 2027 or 2100")
  func leapDays() {
    #expect("\(Day(2028, 2, 28) + 1)" == "2028-02-29")
    #expect("\(Day(2027, 2, 28) + 1)" == "2027-03-01")
    #expect("\(Day(2100, 2, 28) + 1)" == "2100-03-01")
    #expect("\(Day(2028, 12, 31).start + 86_399)" == "2028-12-31T23:59:59Z")
    #expect(Day(2000, 1, 1).number == 10_957)
  }

  @Test(
    "Anchors are clamped to a short month's last day, and come back",
    arguments: [
      (29, ["2028-01-29", "2028-02-29", "2028-03-29"]), (30, ["2028-01-30", "2028-02-29", "2028-03-30"]),
      (31, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]), (31, ["2027-01-31", "2027-02-28", "2027-03-31"]),
      (1, ["2028-01-01", "2028-02-01", "2028-03-01"]),
    ])
  func anchors(anchor: Int, days: [String]) throws {
    for (day, next) in zip(days, days.dropFirst()) {
      #expect("\(try YearTests.day(day).next(anchor: anchor))" == next)
      #expect("\((try YearTests.day(next) + -1).latest(anchor: anchor))" == day)
    }
  }

  @Test("Usage of the last second belongs to the period, that of midnight to the next")
  func midnight() throws {
    var story = try Story({ $0.anchor = 30 }, at: "2028-01-30T00:00")
    let ends = try moment("2028-02-29T00:00")
    for (index, at) in [ends + -1, ends].enumerated() {
      let usage = Message.Usage("u\(index)", story.company, "order", index == 0 ? "10" : "20", at: at)
      try story.publish(.usage(usage), at: "2028-02-29T00:10")
    }
    try story.close(at: "2028-02-29T00:29")
    #expect(try story.invoices().isEmpty)
    try story.close(at: "2028-02-29T00:30")
    try story.close(at: "2028-03-30T00:30")
    #expect(try story.amounts("2028-01-30") == [19900, 100])
    #expect(try story.amounts("2028-02-29") == [19900, 200])
  }

  @Test("Base fees are for whole days, of joiners, of leavers, and in a February of 29")
  func days() throws {
    var story = try Story({ $0.joined = try day("2028-02-15") }, at: "2028-02-10")
    try story.set(at: "2028-03-05", { $0.left = try day("2028-03-11") })
    for close in ["2028-03-01T01:00", "2028-04-01T01:00", "2028-05-01T01:00"] { try story.close(at: close) }
    // 15 of 29 days: 102.931…; 10 of 31: 64.193…
    #expect(try story.invoices().map { $0.lines.map(\.amount) } == [[10293], [6419]])
    #expect(try story.invoices().flatMap(\.lines).map(\.days) == [15, 10])
  }

  @Test("A changed anchor makes one shorter period, a changed plan takes effect with the next")
  func changes() throws {
    var story = try Story()
    try story.set(at: "2027-07-20") { $0.anchor = 15 }
    try story.use("assessment", "60", at: "2027-07-21")
    try story.set(at: "2027-08-02") { $0.plan = "business" }
    try story.use("assessment", "60", at: "2027-08-10")
    try story.use("assessment", "60", at: "2027-08-20")
    try story.close(at: "2027-12-01")
    let expected: [(String, [Int128])] = [
      ("2027-07-01", [19900]), ("2027-08-01", [19900]), ("2027-08-15", [10000]), ("2027-09-15", []),
    ]
    for (start, amounts) in expected { #expect(try story.amounts(start) == amounts) }
  }

  @Test("Late usage is the difference of two prices at the former period's rates and quota, and may be negative")
  func late() throws {
    var story = try Story({ $0.plan = "business" })
    try story.use("assessment", "49", at: "2027-07-10", id: "a")
    try story.close(at: "2027-08-01T00:30")
    try story.use("assessment", "2", at: "2027-07-11", published: "2027-08-05", id: "b")
    try story.close(at: "2027-09-01T00:30")
    try story.publish(.void(.init("a", story.company, at: try moment("2027-07-10"))), at: "2027-09-05")
    try story.close(at: "2027-10-01T00:30")
    #expect(try story.amounts("2027-07-01") == [0])
    #expect(try story.amounts("2027-08-01") == [1000])
    #expect(try story.amounts("2027-09-01") == [-1000])
    let last = try #require(try story.invoices().last?.lines.first)
    #expect(last.quantity == Ratio(-49) && last.totalQuantity == Ratio(2) && last.totalLine == 3)
  }

  @Test("An id counts once in a month and around its boundary, and again a month later")
  func ids() throws {
    var story = try Story()
    for (at, id) in [("2027-07-30", "near"), ("2027-08-02", "near"), ("2027-07-15", "far"), ("2027-08-15", "far")] {
      try story.use("order", "10", at: at, id: id)
    }
    try story.close(at: "2027-09-02")
    #expect(try story.amounts("2027-07-01") == [19900, 200])
    #expect(try story.amounts("2027-08-01") == [19900, 100])
  }

  @Test("Unregistered usage waits for the registration, which catches it all up")
  func unregistered() throws {
    var story = Story.unregistered
    try story.use("order", "10", at: "2027-07-10")
    try story.close(at: "2027-08-02")
    try story.set(at: "2027-08-20") { $0.joined = try day("2027-08-20") }
    try story.close(at: "2027-09-02")
    // 12 of 31 days.
    #expect(try story.invoices().map { $0.lines.map(\.amount) } == [[100], [7703]])
  }
}
