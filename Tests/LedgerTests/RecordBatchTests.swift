import Billing
import TestBasics
import Testing

@testable import Ledger

@Suite("A batch in key order")
struct RecordBatchTests {
  private let companies = ["a", "b"].compactMap(CompanyID.init).map {
    Company(
      id: $0, isRegistered: true, anchor: .first, plan: nil, currency: nil, overrides: [], membership: Membership(),
      renewedThrough: nil, periods: [])
  }

  private func entries(_ records: [(id: String, company: Int, time: String)]) throws -> [Entry] {
    try records.enumerated().map { order, record in
      let usage = try Sample.record(record.id, at: record.time, company: companies[record.company].id.text)
      return Entry(
        order: order, record: usage, metric: usage.metric, company: companies[record.company],
        period: PeriodCalendar.period(containing: usage.timestamp.date, anchor: .first))
    }
  }

  @Test("repeats are dropped, the first delivered stays")
  func repeats() throws {
    let batch = RecordBatch(
      try entries([
        ("x", 0, "2025-01-10T00:00:02Z"), ("y", 0, "2025-01-10T00:00:00Z"), ("x", 0, "2025-01-20T00:00:00Z"),
        ("x", 1, "2025-01-10T00:00:00Z"),
      ]))
    #expect(batch.entries.map(\.order) == [0, 1, 3])
    #expect(batch.outcomes == [.counted, .counted, .duplicate(isConflict: false), .counted])
  }

  @Test("one id on both sides of a boundary is one; three days away it is another")
  func boundaries() throws {
    let batch = RecordBatch(
      try entries([
        ("x", 0, "2025-02-01T00:00:00Z"), ("x", 0, "2025-01-31T23:59:59.999999Z"), ("x", 0, "2025-01-29T23:59:59Z"),
        ("x", 0, "2025-02-28T12:00:00Z"), ("x", 0, "2025-03-01T00:00:00Z"),
      ]))
    // The one of 28 February has the month of the first, so that the one of 1 March has nothing before it.
    #expect(batch.entries.map(\.order) == [2, 0, 4])
  }

  @Test("entries are in the order of partitions, then of keys, whatever the order of delivery")
  func order() throws {
    let times = ["2025-02-10T00:00:00Z", "2025-01-10T00:00:00Z", "2025-03-10T00:00:00Z"]
    var records: [(id: String, company: Int, time: String)] = []
    for id in ["m", "b", "z"] { for time in times { for company in [1, 0] { records.append((id, company, time)) } } }
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<20 {
      let batch = RecordBatch(try entries(records.shuffled(using: &generator)))
      let keys = batch.entries.map { "\($0.month) \($0.company.id) \($0.record.usageID)" }
      #expect(keys.count == 18)
      #expect(keys == keys.sorted())
    }
  }

  @Test(
    "days within two of a month's boundary are near it",
    arguments: [
      ("2025-01-29", nil), ("2025-01-30", "2025-02-01"), ("2025-01-31", "2025-02-01"), ("2025-02-01", "2025-02-01"),
      ("2025-02-02", "2025-02-01"), ("2025-02-03", nil), ("2025-02-26", nil), ("2025-02-27", "2025-03-01"),
      ("2024-02-27", nil), ("2024-02-28", "2024-03-01"), ("2024-02-29", "2024-03-01"), ("2024-12-31", "2025-01-01"),
    ] as [(String, String?)])
  func near(day: String, boundary: String?) throws {
    let day = try date(day)
    #expect(try Boundary.near(day, month: day.firstOfMonth) == boundary.map { try date($0) })
  }

  @Test("one copy that fails has its batch inserted; two within a few batches, all until a run of them had no repeat")
  func repeatWatch() {
    var watch = RepeatWatch()
    #expect(!watch.isOn)
    watch.noteFailedCopy()
    #expect(watch.isOn)
    watch.note(found: true)
    #expect(!watch.isOn)
    watch.note(found: false)
    watch.noteFailedCopy()
    watch.note(found: true)
    for _ in 0..<15 { watch.note(found: false) }
    #expect(watch.isOn)
    watch.note(found: true)
    for _ in 0..<15 { watch.note(found: false) }
    #expect(watch.isOn)
    watch.note(found: false)
    #expect(!watch.isOn)
    // Long ago by now: the next failure is a first one again.
    watch.noteFailedCopy()
    watch.note(found: true)
    #expect(!watch.isOn)
  }
}
