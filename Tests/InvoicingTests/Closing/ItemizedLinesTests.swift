import Billing
import Invoicing
import Ledger
import PostgreSQL
import TestSupport
import Testing

@Suite("Itemized lines are divided among the subjects of their records", .enabled(if: TestDatabase.isAvailable))
struct ItemizedLinesTests {
  /// `1 subject 2 records 5: 500` for each part, with `nobody` where none is named.
  private func parts(_ world: World, _ metric: String, _ kind: String = "usage") throws -> [String] {
    try world.texts(
      """
      SELECT concat(s.place, ' ', CASE WHEN s.subject_pseudonym IS NULL THEN 'nobody'
          ELSE get_byte(s.subject_pseudonym, 1)::text END, ' ', s.events, ' ', trim_scale(s.quantity), ': ', s.amount)
      FROM billing.invoice_line_subjects s JOIN billing.invoice_lines l USING (company_id, line_no)
      WHERE l.metric = \(metric) AND l.kind = \(kind) ORDER BY l.line_no, s.place
      """)
  }

  @Test("each patient is a part, once for a period, told apart by surrogate and named by nothing")
  func patients() throws {
    let world = try World()
    try world.apply(World.withPatients)
    try world.register("clinic", mode: .off)
    for person in 1...3 as ClosedRange<UInt8> {
      try world.patient("clinic", person, .activated, at: "2025-01-1\(person)T08:00:00Z")
    }
    // Comes back within the period: charged once.
    try world.patient("clinic", 2, .deactivated, at: "2025-01-20T08:00:00Z")
    try world.patient("clinic", 2, .activated, at: "2025-01-21T08:00:00Z")
    try world.patient("clinic", 3, .deactivated, at: "2025-01-22T08:00:00Z")
    try world.renew("2025-02-01T00:30:00Z")
    try world.close("2025-02-01T01:00:00Z")
    #expect(
      try parts(world, "patient_activation") == ["1 nobody 1 1: 200", "2 nobody 1 1: 200", "3 nobody 1 1: 200"])
    #expect(try world.number("SELECT count(DISTINCT line_no) FROM billing.invoice_line_subjects") == 1)
    // The next period has those who stayed, each again once.
    try world.renew("2025-03-01T00:30:00Z")
    try world.close("2025-03-01T01:00:00Z")
    #expect(try parts(world, "patient_activation").count == 5)
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("calls are of whom they were for, in the order of first records; records without a subject are one part")
  func calls() throws {
    let world = try World()
    let seconds =
      #"{"metric": "call_seconds", "model": "per_unit", "unitPrice": "0.10", "unitSize": 60, "billing": "stripe_meter", "itemize": true},"#
    try world.apply(
      World.catalog.replacing(
        #""metrics": ["#,
        with:
          #""metrics": [{"name": "call_seconds", "unit": "second", "source": "message", "aggregation": "sum", "minimumPerEvent": 10},"#
      ).replacing(#""rates": ["#, with: #""rates": [\#(seconds)"#))
    try world.register("acme", mode: .off)
    let calls: [(String, UInt8?)] = [("31", 2), ("70", 1), ("47", nil), ("40", 2), ("13", nil), ("9", 3)]
    for (number, (seconds, person)) in calls.enumerated() {
      try world.use(
        "acme", "call_seconds", seconds, at: "2025-01-1\(number)T08:00:00Z", usage: "k\(number)", person: person)
    }
    try world.close("2025-02-01T01:00:00Z")
    // A call counts 10 seconds at least. 71, 141, 201 and 211 seconds cost 12 (11.83), 24 (23.5), 34 (33.5), 35 (35.17).
    #expect(
      try parts(world, "call_seconds") == ["1 2 2 71: 12", "2 1 1 70: 12", "3 nobody 2 60: 10", "4 3 1 10: 1"])
    #expect(try world.lines("acme").contains("usage call_seconds 211 35"))
    // What comes late goes on where the line has ended, and what is taken back is its subject's.
    try world.void("acme", "k0", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "call_seconds", "5", at: "2025-01-20T08:00:00Z", usage: "late-1", person: 3)
    try world.use("acme", "call_seconds", "6", at: "2025-01-20T09:00:00Z", usage: "late-2")
    try world.close("2025-03-01T01:00:00Z")
    #expect(try parts(world, "call_seconds", "late") == ["1 2 -1 -31: -5", "2 3 1 10: 2", "3 nobody 1 10: 1"])
    #expect(try world.lines("acme", "2025-02-01") == ["base_fee 19900", "late call_seconds -11 -2 2025-01-01"])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }

  @Test("a record that came and went before the line is no part of it; several lines have each their own")
  func comeAndGone() throws {
    let world = try World()
    try world.apply(World.itemizing)
    try world.register("acme", mode: .off)
    try world.use("acme", "scan", "2", at: "2025-01-10T08:00:00Z", usage: "gone", person: 1)
    try world.void("acme", "gone", at: "2025-01-10T08:00:00Z")
    try world.use("acme", "scan", "1", at: "2025-01-11T08:00:00Z", usage: "one", person: 2)
    try world.close("2025-02-01T01:00:00Z")
    #expect(try parts(world, "scan") == ["1 2 1 1: 200"])
    for (number, month) in ["2025-03-01T01:00:00Z", "2025-04-01T01:00:00Z"].enumerated() {
      try world.use("acme", "scan", "1", at: "2025-01-12T08:00:00Z", usage: "late-\(number)", person: UInt8(number + 3))
      try world.close(month)
    }
    #expect(try parts(world, "scan", "late") == ["1 3 1 1: 200", "1 4 1 1: 200"])
    try world.checkInvoices()
    #expect(try world.verify() == [])
  }
}
