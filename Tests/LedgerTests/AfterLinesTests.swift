import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Ledger

@Suite("A record knows after which invoice line it came", .enabled(if: TestDatabase.isAvailable))
struct AfterLinesTests {
  /// As whoever writes a line leaves the totals of January.
  private static func raise(_ world: World, _ metric: String, to lines: Int) throws {
    _ = try world.eye.update(
      """
      UPDATE billing.usage_periods SET charged_lines = \(Int16(lines))
      WHERE metric = \(metric) AND period_start = '2025-01-01'
      """)
  }

  /// `id=lines` of the records that came after lines.
  private static func marks(_ world: World) throws -> [String] {
    try world.eye.query(
      """
      SELECT usage_id || '=' || after_lines FROM billing.usage_records WHERE after_lines IS NOT NULL ORDER BY usage_id
      """
    ).map { try $0.decode(String.self, at: 0) }
  }

  @Test("records and voids are marked where their own total stands on lines, whichever way in, others are not")
  func marked() throws {
    for expecting in [false, true] {
      let world = try World()
      let ledger = try world.replica()
      let first = try [
        Sample.record("a"), Sample.record("b"), Sample.record("c", "peak", "9"),
        Sample.record("f", at: "2025-02-01T00:00:00Z"),
      ]
      _ = try ledger.write(records: first, expectingRepeats: expecting, now: World.now)
      #expect(try Self.marks(world) == [])
      try Self.raise(world, "order", to: 1)
      let more = try [
        Sample.record("d"), Sample.record("e", at: "2025-01-31T23:59:59.999999Z"), Sample.record("a"),
        Sample.record("g", at: "2025-02-01T00:00:00Z"), Sample.record("h", "peak", "10"),
        Sample.record("i", company: "another"),
      ]
      _ = try ledger.write(records: more, expectingRepeats: expecting, now: World.now)
      #expect(try Self.marks(world) == ["d=1", "e=1"])
      try Self.raise(world, "order", to: 2)
      _ = try ledger.write(
        records: [Sample.record("j")], voids: [Sample.void("b"), Sample.void("d"), Sample.void("b")],
        expectingRepeats: expecting, now: World.now)
      // What was taken back stays on the line that it was on.
      #expect(try Self.marks(world) == ["d=1", "e=1", "j=2", "void:b=2", "void:d=2"])
      try LedgerCheck().run(world)
    }
  }

  @Test("so are those of totals that cannot be undone by a difference, and of different subjects")
  func recomputed() throws {
    let world = try World()
    let ledger = try world.replica()
    try ledger.write([
      Sample.record("a", "peak", "5"), Sample.record("b", "level", "5"),
      Sample.record("c", "people", subject: person(1)),
    ])
    for metric in ["peak", "level", "people"] { try Self.raise(world, metric, to: 3) }
    try ledger.write(
      [Sample.record("d", "people", subject: person(1))], voids: [Sample.void("a"), Sample.void("b"), Sample.void("c")])
    #expect(try Self.marks(world) == ["d=3", "void:a=3", "void:b=3", "void:c=3"])
    try LedgerCheck().run(world)
  }

  @Test("a record near the month's boundary, taken back by a time on its other side, is marked in its own month")
  func boundary() throws {
    let world = try World()
    try world.replica().write([Sample.record("a", at: "2025-01-31T23:00:00Z")])
    try Self.raise(world, "order", to: 1)
    try world.replica().write([], voids: [Sample.void("a", at: "2025-02-01T01:00:00Z")])
    #expect(try Self.marks(world) == ["void:a=1"])
  }
}
