import TestBasics
import Testing

@testable import Billing

@Suite("A patient's activations and deactivations, folded")
struct PatientStateTests {
  private static let january = "2025-01-01/2025-02-01"
  private static let february = "2025-02-01/2025-03-01"
  private static let march = "2025-03-01/2025-04-01"

  private func periods() throws -> [BillingPeriod] {
    try [Self.march, Self.january, Self.february].map { try period($0) }
  }

  /// A worker that sees events one by one, and a scheduler that renews periods.
  private struct World {
    let periods: [BillingPeriod]
    var state = PatientState()
    var renewed: CivilDate?
    var charged: Set<CivilDate> = []
    /// Charges ever made, those taken back too.
    var made = 0

    mutating func settle() {
      let settlement = state.settlement(periods: periods, renewedThrough: renewed, charged: charged)
      for charge in settlement.charge {
        #expect(charge.period.contains(charge.at))
        #expect(charged.insert(charge.period.start).inserted)
        made += 1
      }
      for period in settlement.takeBack { #expect(charged.remove(period.start) != nil) }
    }

    mutating func see(_ step: PatientStep) {
      state.add(step)
      settle()
    }

    mutating func renew(_ day: CivilDate) {
      renewed = day
      settle()
      let before = charged
      settle()
      #expect(charged == before)
    }
  }

  /// By sorting everything: the period of the first activation, and each later one at whose start the patient is active.
  private func expected(_ steps: [PatientStep], _ periods: [BillingPeriod]) -> Set<CivilDate> {
    let sorted = steps.sorted { $0.moment < $1.moment }
    guard let first = sorted.first(where: { $0.change == .activated })?.moment.occurredAt else { return [] }
    return Set(
      periods.filter { period in
        let before = sorted.last { $0.moment.occurredAt <= period.start.start }
        return period.contains(first) || before?.change == .activated
      }.map(\.start))
  }

  /// Sets of seven events across the end of January. The first activation lies in January, at its end, and in February.
  private static let sets: [[(PatientStep.Change, String, UInt64)]] = [
    [
      (.activated, "2025-01-10T00:00:00Z", 1), (.deactivated, "2025-01-11T00:00:00Z", 2),
      (.activated, "2025-01-11T00:00:00Z", 3), (.deactivated, "2025-01-31T23:59:59Z", 4),
      (.activated, "2025-01-31T23:59:59.5Z", 5), (.deactivated, "2025-02-01T00:00:00Z", 6),
      (.activated, "2025-02-01T00:00:01Z", 7),
    ],
    [
      (.deactivated, "2025-01-10T00:00:00Z", 1), (.activated, "2025-01-31T12:00:00Z", 2),
      (.deactivated, "2025-01-31T13:00:00Z", 3), (.activated, "2025-01-31T14:00:00Z", 4),
      (.deactivated, "2025-02-01T00:00:00.000001Z", 5), (.activated, "2025-02-01T00:10:00Z", 6),
      (.deactivated, "2025-02-01T00:20:00Z", 7),
    ],
    [
      (.deactivated, "2025-01-05T00:00:00Z", 1), (.deactivated, "2025-01-31T23:00:00Z", 2),
      (.deactivated, "2025-02-01T00:00:00Z", 3), (.activated, "2025-02-01T00:00:00Z", 4),
      (.deactivated, "2025-02-01T00:00:01Z", 5), (.activated, "2025-02-01T00:00:02Z", 6),
      (.deactivated, "2025-02-01T00:00:03Z", 7),
    ],
    [
      (.activated, "2025-01-05T00:00:00Z", 1), (.deactivated, "2025-01-20T00:00:00Z", 2),
      (.activated, "2025-02-01T00:05:00Z", 3), (.deactivated, "2025-02-01T00:06:00Z", 4),
      (.activated, "2025-02-01T00:07:00Z", 5), (.activated, "2025-02-01T00:08:00Z", 6),
      (.deactivated, "2025-01-19T00:00:00Z", 7),
    ],
  ]

  @Test(
    "every order of seven events across a period's end, with a repeat, charges the same periods",
    arguments: sets.indices)
  func permutations(set: Int) throws {
    let steps = try Self.sets[set].map { try step($0.0, at: $0.1, id: $0.2) }
    let periods = try periods()
    let january = try date("2025-01-01")
    let february = try date("2025-02-01")
    let march = try date("2025-03-01")
    let inJanuaryAndFebruary = periods.filter { $0.start < march }
    var states: Set<PatientState> = []
    forEachPermutationWithRepeat(steps) { order in
      // With January renewed before the first event, and with no period renewed at all.
      for renewed in [january, nil] {
        var world = World(periods: periods, renewed: renewed)
        for step in order { world.see(step) }
        world.renew(february)
        if world.charged != expected(steps, inJanuaryAndFebruary) { Issue.record("other periods by February") }
        world.renew(march)
        if world.charged != expected(steps, periods) { Issue.record("other periods by March") }
        states.insert(world.state)
      }
    }
    #expect(states.count == 1)
  }

  @Test("any set of events comes to what sorting them says, in any order, in any groups", arguments: [1, 2, 3])
  func random(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let periods = try periods()
    for _ in 0..<300 {
      var steps: [PatientStep] = []
      var seen: Set<EventMoment> = []
      for _ in 0..<Int.random(in: 0...10, using: &generator) {
        let day = try #require(
          ["2025-01-31", "2025-02-01", "2025-02-28", "2025-03-01"].randomElement(using: &generator))
        let time = try #require(["00:00:00", "00:00:01", "23:59:59.999999"].randomElement(using: &generator))
        let step = try step(
          Bool.random(using: &generator) ? .activated : .deactivated, at: "\(day)T\(time)Z",
          id: UInt64.random(in: 1...3, using: &generator))
        if seen.insert(step.moment).inserted { steps.append(step) }
      }
      for _ in 0..<5 {
        let order = (steps + steps.filter { _ in Bool.random(using: &generator) }).shuffled(using: &generator)
        var world = World(periods: periods)
        var other = PatientState()
        for step in order {
          world.see(step)
          if Bool.random(using: &generator) { other.add(step) }
        }
        var merged = other
        merged.merge(world.state)
        #expect(merged == world.state)
        for period in periods.sorted() { world.renew(period.start) }
        #expect(world.charged == expected(steps, periods))
      }
    }
  }

  /// The periods charged when changes come in this order, after one renewal and before another.
  private func charged(
    _ changes: [(PatientStep.Change, String)], renewedThrough renewed: String? = nil, thenThrough next: String? = nil
  ) throws -> [String] {
    var world = World(periods: try periods(), renewed: try renewed.map { try date($0) })
    for (index, change) in changes.enumerated() {
      world.see(try step(change.0, at: change.1, id: UInt64(index)))
    }
    if let next { world.renew(try date(next)) }
    return world.charged.sorted().map(\.description)
  }

  @Test("activated, deactivated, activated again in one period costs once; still active in the next, once more")
  func acceptance() throws {
    let changes: [(PatientStep.Change, String)] = [
      (.activated, "2025-01-10T00:00:00Z"), (.deactivated, "2025-01-12T00:00:00Z"),
      (.activated, "2025-01-14T00:00:00Z"),
    ]
    #expect(try charged(changes) == ["2025-01-01"])
    #expect(try charged(changes, thenThrough: "2025-02-01") == ["2025-01-01", "2025-02-01"])
  }

  @Test("deactivated at exactly a period's start is not active in it; activated at it is, and costs once")
  func boundary() throws {
    let before = (PatientStep.Change.activated, "2025-01-10T00:00:00Z")
    #expect(
      try charged([before, (.deactivated, "2025-02-01T00:00:00Z")], thenThrough: "2025-02-01") == ["2025-01-01"])
    #expect(
      try charged([before, (.deactivated, "2025-02-01T00:00:00.000001Z")], thenThrough: "2025-02-01")
        == ["2025-01-01", "2025-02-01"])
    #expect(try charged([(.activated, "2025-02-01T00:00:00Z")], renewedThrough: "2025-02-01") == ["2025-02-01"])
    #expect(try charged([(.activated, "2025-02-01T00:00:00Z")]) == ["2025-02-01"])
  }

  @Test("a deactivation alone costs nothing, before or after an activation of another period")
  func deactivated() throws {
    #expect(try charged([(.deactivated, "2025-01-10T00:00:00Z")], renewedThrough: "2025-03-01") == [])
    #expect(
      try charged(
        [(.deactivated, "2025-03-10T00:00:00Z"), (.activated, "2025-02-10T00:00:00Z")], renewedThrough: "2025-02-01")
        == ["2025-02-01"])
  }

  @Test("an activation that arrives late charges each begun period at whose start the patient was active")
  func late() throws {
    #expect(
      try charged([(.activated, "2025-01-10T00:00:00Z")], renewedThrough: "2025-03-01")
        == ["2025-01-01", "2025-02-01", "2025-03-01"])
    #expect(
      try charged(
        [(.deactivated, "2025-02-10T00:00:00Z"), (.activated, "2025-01-10T00:00:00Z")], renewedThrough: "2025-03-01")
        == ["2025-01-01", "2025-02-01"])
  }

  @Test("a deactivation that arrives late takes nothing back, and is seen by periods not yet renewed")
  func lateDeactivation() throws {
    var world = World(periods: try periods())
    world.see(try step(.activated, at: "2025-01-10T00:00:00Z"))
    world.renew(try date("2025-02-01"))
    world.see(try step(.deactivated, at: "2025-01-20T00:00:00Z", id: 2))
    #expect(world.charged.count == 2)
    world.renew(try date("2025-03-01"))
    #expect(world.charged == [try date("2025-01-01"), try date("2025-02-01")])
    #expect(world.made == 2)
  }

  @Test("a first activation that was not the first is taken back before its period is renewed, and only then")
  func movedFirst() throws {
    let changes: [(PatientStep.Change, String)] = [
      (.activated, "2025-02-01T00:10:00Z"), (.deactivated, "2025-01-20T00:00:00Z"),
      (.activated, "2025-01-10T00:00:00Z"),
    ]
    #expect(try charged(changes) == ["2025-01-01"])
    #expect(try charged(changes, renewedThrough: "2025-02-01") == ["2025-01-01", "2025-02-01"])
  }

  @Test("of many changes, one a day is kept, and midnight belongs to the day that it ends")
  func compact() throws {
    var state = PatientState()
    for second in 0..<600 {
      let text = "2025-01-10T00:\(padded(second / 60, 2)):\(padded(second % 60, 2))Z"
      state.add(try step(second.isMultiple(of: 2) ? .activated : .deactivated, at: text, id: UInt64(second)))
    }
    // The one at midnight, and the last after it.
    #expect(state.entries.count == 2)
    #expect(state.firstActivation == (try instant("2025-01-10T00:00:00Z")))
    #expect(state.isActive(atStartOf: try date("2025-01-10")))
    #expect(!state.isActive(atStartOf: try date("2025-01-11")))
    #expect(!state.isActive(atStartOf: try date("2025-01-09")))
    #expect(PatientState(firstActivation: state.firstActivation, entries: state.entries.reversed()) == state)
  }

  @Test("changes before 1970 and periods of one day keep to the same rules")
  func oldDays() throws {
    let days = try ["1969-12-30/1969-12-31", "1969-12-31/1970-01-01", "1970-01-01/1970-01-02"].map { try period($0) }
    var world = World(periods: days)
    world.see(try step(.activated, at: "1969-12-30T12:00:00Z"))
    world.see(try step(.deactivated, at: "1970-01-01T00:00:00Z", id: 2))
    world.renew(try date("1970-01-01"))
    #expect(world.charged == [try date("1969-12-30"), try date("1969-12-31")])
  }

  @Test("two messages that claim to be one event and differ come to the same in both orders: deactivated")
  func conflicts() throws {
    let steps = try [PatientStep.Change.activated, .deactivated].map { try step($0, at: "2025-01-10T00:00:00Z") }
    forEachPermutation(steps) { order in
      var state = PatientState()
      for step in order { state.add(step) }
      #expect(state.entries.map(\.change) == [.deactivated])
    }
  }
}
