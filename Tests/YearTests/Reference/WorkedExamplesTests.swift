import Testing
import YearReference

@Suite("The slow computation: worked examples")
struct WorkedExamplesTests {
  @Test("The example month comes to 478.50")
  func exampleMonth() throws {
    var story = try Story()
    for (metric, quantity) in [("order", "1250"), ("invoice", "980"), ("api_call", "50000"), ("ai_job", "120")] {
      try story.use(metric, quantity, at: "2027-07-10")
    }
    for day in 1...31 { try story.use("storage", "45", at: "2027-07-\(day < 10 ? "0" : "")\(day)T03:00") }
    try story.close(at: "2027-08-01T00:30")
    #expect(try story.amounts("2027-07-01") == [19900, 12500, 4900, 4500, 50, 6000])
    #expect(try story.invoices().map(\.total) == [47850])
  }

  @Test(
    "Calls of 15, 0, 90, 120 and 1,800 seconds, and one API call",
    arguments: [
      ("call_seconds", "15", Int128(5)), ("call_seconds", "0", 5), ("call_seconds", "90", 15),
      ("call_seconds", "120", 20),
      ("call_seconds", "1800", 300), ("api_call", "1", 0), ("api_call", "500", 1), ("api_call", "499.999", 0),
    ])
  func single(metric: String, quantity: String, amount: Int128) throws {
    var story = try Story()
    try story.use(metric, quantity, at: "2027-07-10")
    try story.close(at: "2027-08-01T00:30")
    #expect(try story.amounts("2027-07-01") == [19900, amount])
  }

  @Test(
    "50 assessments are free, however often one looks",
    arguments: [
      ("50", Int128(0)), ("51", 1000), ("60", 10000), ("40 20", 10000),
    ])
  func quota(uses: String, amount: Int128) throws {
    var story = try Story({ $0.plan = "business" })
    for (index, quantity) in uses.split(separator: " ").map(String.init).enumerated() {
      try story.use("assessment", quantity, at: "2027-07-1\(index)")
      try story.close(at: "2027-07-1\(index)T12:00")
    }
    for _ in 0..<3 { try story.close(at: "2027-08-01T00:30") }
    #expect(try story.amounts("2027-07-01") == [amount])
    #expect(try story.invoices().count == 1)
  }

  @Test("X-RAY, ULTRASOUND, X-RAY, MRI, CT are 20.00; sent again a month later, nothing more")
  func radiology() throws {
    var story = try Story()
    for month in ["07", "08"] {
      for (index, modality) in ["X-RAY", "ULTRASOUND", "X-RAY", "MRI", "CT"].enumerated() {
        let order = Message.Order(
          "e\(month)\(index)", story.company, "o\(index)", .sent, at: try moment("2027-\(month)-05"), modality: modality
        )
        try story.publish(.order(order), at: "2027-\(month)-05")
      }
    }
    try story.close(at: "2027-09-02")
    #expect(try story.amounts("2027-07-01") == [19900, 600, 1400])
    #expect(try story.amounts("2027-08-01") == [19900])
  }

  @Test("A code that comes later decides while the period is open; once it is closed, the record stands")
  func codes() throws {
    for (published, amount) in [("2027-07-20", Int128(700)), ("2027-08-20", 200)] {
      var story = try Story()
      let sent = Message.Order("e1", story.company, "o", .sent, at: try moment("2027-07-05"), modality: "X-RAY")
      let coded = Message.Order("e2", story.company, "o", .completed, at: try moment("2027-07-06"), code: "70551")
      try story.publish(.order(sent), at: "2027-07-05")
      if published > "2027-08" { try story.close(at: "2027-08-01T01:00") }
      try story.publish(.order(coded), at: published)
      try story.close(at: "2027-09-01T01:00")
      #expect(try story.amounts("2027-07-01") == [19900, amount])
      #expect(try story.amounts("2027-08-01") == [19900])
    }
  }

  @Test("A patient costs once in the period of its activation, and in each later one that it is active in")
  func patients() throws {
    var story = try Story()
    func event(_ id: String, _ isActivation: Bool, _ at: String) throws -> Message {
      .patient(Message.Patient(id, story.company, "p", isActivation: isActivation, at: try moment(at)))
    }
    try story.publish(
      event("1", true, "2027-07-05"), event("2", false, "2027-07-06"), event("3", true, "2027-07-07"), at: "2027-07-08")
    try story.renew(at: "2027-08-01T00:30")
    try story.close(at: "2027-08-01T00:30")
    // Exactly at the period's start: not active in it.
    try story.publish(event("4", false, "2027-09-01T00:00"), at: "2027-09-01T00:00")
    try story.renew(at: "2027-10-01T00:30")
    try story.close(at: "2027-10-01T00:30")
    #expect(try story.amounts("2027-07-01") == [19900, 200])
    #expect(try story.amounts("2027-08-01") == [19900, 200])
    #expect(try story.amounts("2027-09-01") == [19900])
  }
}
