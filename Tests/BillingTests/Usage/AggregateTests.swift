import TestBasics
import Testing

@testable import Billing

@Suite("Aggregates")
struct AggregateTests {
  private func record(
    _ counted: String, at timestamp: String = "2025-01-15T12:00:00Z", _ id: String = "a", subject: UInt8? = nil
  ) throws -> CountedRecord {
    CountedRecord(
      counted: try quantity(counted), timestamp: try instant(timestamp), usageID: try #require(UsageID(id)),
      subject: subject.map { Pseudonym(keyID: 1, hash: [UInt8](repeating: $0, count: 32)) })
  }

  @Test("without records every total is 0", arguments: Aggregation.allCases)
  func empty(aggregation: Aggregation) { #expect(aggregation.total(of: []) == .zero) }

  @Test("a sum adds, a count counts, and a maximum of daily samples is not their sum")
  func simple() throws {
    let samples = try (1...31).map { try record($0 == 17 ? "45" : "44.5", "sample-\($0)") }
    #expect(Aggregation.max.total(of: samples) == Quantity(45))
    #expect(Aggregation.count.total(of: samples) == Quantity(31))
    #expect(Aggregation.sum.total(of: samples) == (try quantity("1380")))
  }

  @Test("the last is the latest by timestamp, then by the greatest usage id in bytes")
  func last() throws {
    let records = [
      try record("1", at: "2025-01-15T12:00:00Z", "z"), try record("2", at: "2025-01-16T12:00:00Z", "a"),
      try record("3", at: "2025-01-16T12:00:00Z", "b"), try record("4", at: "2025-01-16T12:00:00Z", "B"),
    ]
    #expect(Aggregation.last.total(of: records) == Quantity(3))
  }

  @Test("unique counts different subjects")
  func unique() throws {
    let records = try [1, 2, 1, 1, 3].map { try record("1", subject: $0) } + [record("1")]
    #expect(Aggregation.unique.total(of: records) == Quantity(3))
  }

  @Test("the order of the records makes no difference", arguments: Aggregation.allCases)
  func order(aggregation: Aggregation) throws {
    var random = SeededGenerator(seed: 5)
    var records = try (0..<60).map {
      try record(
        String(Int.random(in: 0...9, using: &random)),
        at: "2025-01-1\(Int.random(in: 0...9, using: &random))T00:00:00Z",
        "id-\($0)", subject: UInt8.random(in: 0...9, using: &random))
    }
    let total = aggregation.total(of: records)
    for _ in 0..<50 {
      records.shuffle(using: &random)
      #expect(aggregation.total(of: records) == total)
    }
  }
}
