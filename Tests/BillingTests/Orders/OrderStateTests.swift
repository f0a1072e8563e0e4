import TestBasics
import Testing

@testable import Billing

@Suite("An order's events, folded")
struct OrderStateTests {
  private func billing(_ steps: [OrderStep]) -> OrderBilling? {
    var state = OrderState()
    for step in steps { state.add(step) }
    return state.billing
  }

  /// By sorting everything: the slow truth.
  private func expected(_ steps: [OrderStep]) -> OrderBilling? {
    let sorted = steps.sorted { ($0.moment) < ($1.moment) }
    guard let first = sorted.first(where: { $0.stage != .cancelled }) else { return nil }
    let imaging =
      sorted.compactMap(\.imaging.byCode).first ?? sorted.compactMap(\.imaging.byModality).first
    let sentAt = first.moment.occurredAt
    return OrderBilling(
      sentAt: sentAt, imaging: imaging ?? .standard, isUnclassified: imaging == nil,
      isCancelled: sorted.contains { $0.stage == .cancelled && $0.moment.occurredAt >= sentAt })
  }

  /// What the ledger holds after a worker has seen the events one by one while the period is open.
  private func recorded(_ steps: [OrderStep]) -> (record: RecordedOrder?, state: OrderState) {
    var state = OrderState()
    var record: RecordedOrder?
    for step in steps {
      state.add(step)
      guard let billing = state.billing else { continue }
      switch billing.action(recorded: record, isClosed: false) {
      case .nothing: break
      case .record, .voidAndRecord: record = RecordedOrder(billing)
      case .reportDifference: Issue.record("the period is open")
      }
    }
    return (record, state)
  }

  @Test("every order of seven events, with a repeat, leaves one record: the same instant, the same metric")
  func permutations() throws {
    let steps = try [
      step(.sentToRadiology, at: "2025-01-31T23:59:59Z", id: 4, modality: .advanced),
      step(.sentToRadiology, at: "2025-02-03T08:00:00Z", id: 5, code: .advanced, modality: .standard),
      step(.scheduled, at: "2025-02-01T00:00:00Z", id: 3, code: .standard),
      step(.completed, at: "2025-02-02T00:00:00Z", id: 2, code: .advanced),
      step(.resultsAvailable, at: "2025-02-02T00:00:00Z", id: 1),
      step(.cancelled, at: "2025-01-30T00:00:00Z", id: 6, modality: .standard),
      step(.resultsAcknowledged, at: "2025-02-04T00:00:00Z", id: 7, code: .standard),
    ]
    let truth = try #require(expected(steps))
    #expect(truth == OrderBilling(sentAt: try instant("2025-01-31T23:59:59Z"), imaging: .standard))
    var states: Set<OrderState> = []
    forEachPermutationWithRepeat(steps) { order in
      let (record, state) = recorded(order)
      states.insert(state)
      if record != RecordedOrder(truth) { Issue.record("another record") }
    }
    #expect(states.count == 1)
    #expect(states.first?.billing == truth)
  }

  @Test("any set of events comes to what sorting them says, in any order, in any groups", arguments: [1, 2, 3])
  func random(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let classes: [ImagingClass?] = [nil, .standard, .advanced]
    for _ in 0..<500 {
      // Few instants and ids, so that ties of both are common.
      var steps: [OrderStep] = []
      var seen: Set<EventMoment> = []
      for _ in 0..<Int.random(in: 0...9, using: &generator) {
        let step = try step(
          try #require(OrderStage.allCases.randomElement(using: &generator)),
          at: "2025-01-0\(Int.random(in: 1...4, using: &generator))T00:00:00Z",
          id: UInt64.random(in: 1...4, using: &generator), code: classes.randomElement(using: &generator) ?? nil,
          modality: classes.randomElement(using: &generator) ?? nil)
        if seen.insert(step.moment).inserted { steps.append(step) }
      }
      let truth = expected(steps)
      for _ in 0..<5 {
        let order = (steps + steps.filter { _ in Bool.random(using: &generator) }).shuffled(using: &generator)
        #expect(billing(order) == truth)
        #expect(recorded(order).record == truth.map { RecordedOrder($0) })
        var halves = (OrderState(), OrderState())
        for step in order {
          if Bool.random(using: &generator) { halves.0.add(step) } else { halves.1.add(step) }
        }
        halves.0.merge(halves.1)
        #expect(halves.0.billing == truth)
      }
    }
  }

  @Test("two messages that claim to be one event and differ come to the same in both orders")
  func conflicts() throws {
    let steps = try [ImagingClass.standard, .advanced].map {
      try step(.completed, at: "2025-01-01T00:00:00Z", id: 1, code: $0, modality: $0)
    }
    #expect(billing(steps) == billing(steps.reversed()))
    #expect(billing(steps)?.imaging == .standard)
  }

  @Test("each state from the sending on bills an order alone; a cancellation alone bills nothing")
  func stages() throws {
    for stage in OrderStage.allCases {
      let billing = billing([try step(stage, at: "2025-01-01T00:00:00Z")])
      #expect((billing != nil) == (stage != .cancelled))
    }
    #expect(billing([]) == nil)
    let cancelled = try (1...3).map { try step(.cancelled, at: "2025-01-0\($0)T00:00:00Z", code: .advanced) }
    #expect(billing(cancelled) == nil)
  }

  @Test("a code decides over a modality, the earlier code over the later, and a cancellation may tell it")
  func imaging() throws {
    let day = { (day: Int) in "2025-01-0\(day)T00:00:00Z" }
    let sent = try step(.sentToRadiology, at: day(2), modality: .standard)
    #expect(billing([sent])?.imaging == .standard)
    #expect(billing([sent, try step(.completed, at: day(3), code: .advanced)])?.imaging == .advanced)
    let codes = try [
      step(.completed, at: day(3), code: .advanced), step(.scheduled, at: day(2), id: 2, code: .standard), sent,
    ]
    #expect(billing(codes)?.imaging == .standard)
    #expect(billing([sent, try step(.cancelled, at: day(1), code: .advanced)])?.imaging == .advanced)
    let tie = try [
      step(.completed, at: day(3), id: 2, code: .standard), step(.scheduled, at: day(3), id: 1, code: .advanced),
    ]
    #expect(billing(tie)?.imaging == .advanced)
    let unknown = billing([try step(.completed, at: day(3))])
    #expect(unknown?.imaging == .standard)
    #expect(unknown?.isUnclassified == true)
    #expect(billing([sent])?.isUnclassified == false)
    #expect(unknown?.metric.text == "radiology_standard")
    #expect(billing(tie)?.metric.text == "radiology_advanced")
  }

  @Test("a cancelled order that was sent stays billed and is shown; one cancelled before it was sent is not cancelled")
  func cancelled() throws {
    let sent = try step(.sentToRadiology, at: "2025-01-02T00:00:00Z")
    for (at, isCancelled) in [
      ("2025-01-01T23:59:59Z", false), ("2025-01-02T00:00:00Z", true), ("2025-01-09T00:00:00Z", true),
    ] {
      let billing = billing([try step(.cancelled, at: at), sent])
      #expect(billing?.isCancelled == isCancelled)
      #expect(billing?.sentAt == sent.moment.occurredAt)
    }
  }

  @Test("the same order sent again a month later changes nothing")
  func again() throws {
    let sent = try step(.sentToRadiology, at: "2025-01-02T00:00:00Z", code: .advanced)
    let again = try step(.sentToRadiology, at: "2025-02-02T00:00:00Z", id: 2, code: .advanced)
    let recorded = RecordedOrder(try #require(billing([sent])))
    #expect(billing([sent, again])?.action(recorded: recorded, isClosed: true) == .nothing)
  }

  @Test("a record is made, made anew while its period is open, and stands once that is closed")
  func actions() throws {
    let billing = OrderBilling(sentAt: try instant("2025-01-02T00:00:00Z"), imaging: .advanced, isCancelled: true)
    let same = RecordedOrder(sentAt: billing.sentAt, imaging: .advanced)
    let otherClass = RecordedOrder(sentAt: billing.sentAt, imaging: .standard)
    let otherTime = RecordedOrder(sentAt: billing.sentAt.adding(seconds: 1), imaging: .advanced)
    for isClosed in [false, true] {
      #expect(billing.action(recorded: nil, isClosed: isClosed) == .record)
      #expect(billing.action(recorded: same, isClosed: isClosed) == .nothing)
      for other in [otherClass, otherTime] {
        #expect(billing.action(recorded: other, isClosed: isClosed) == (isClosed ? .reportDifference : .voidAndRecord))
      }
    }
  }

  @Test("a state that was kept and read back goes on as if it had not been")
  func kept() throws {
    let steps = try [
      step(.cancelled, at: "2025-01-03T00:00:00Z", code: .advanced), step(.completed, at: "2025-01-02T00:00:00Z"),
    ]
    var state = OrderState(steps[0])
    var kept = OrderState(
      sentAt: state.sentAt, byCode: state.byCode, byModality: state.byModality, cancelledAt: state.cancelledAt)
    #expect(kept == state)
    state.add(steps[1])
    kept.add(steps[1])
    #expect(kept == state)
  }
}
