import Testing

@testable import AMQP

@Suite("The confirm window")
struct ConfirmWindowTests {
  @Test("reports grouped and out-of-order confirms in the order of publishing")
  func outOfOrder() {
    var window = ConfirmWindow(capacity: 8)
    for _ in 1...6 { _ = window.open(isMandatory: false) }
    expect(window.settle(5, multiple: false, accepted: true), is: true)
    expect(window.settle(2, multiple: false, accepted: false), is: true)
    expect(window.take().isEmpty, is: true)
    #expect(window.unsettled == [1, 3, 4, 6])
    expect(window.settle(4, multiple: true, accepted: true), is: true)
    let taken = window.take()
    #expect(
      taken == [
        PublishConfirmation(sequence: 1, outcome: .confirmed), PublishConfirmation(sequence: 2, outcome: .rejected),
        PublishConfirmation(sequence: 3, outcome: .confirmed), PublishConfirmation(sequence: 4, outcome: .confirmed),
        PublishConfirmation(sequence: 5, outcome: .confirmed),
      ])
    #expect(!window.isEmpty)
    expect(window.settle(0, multiple: true, accepted: true), is: true)
    #expect(window.isEmpty)
  }

  @Test("is full when the oldest unsettled message is as far back as its capacity")
  func full() {
    var window = ConfirmWindow(capacity: 2)
    _ = window.open(isMandatory: false)
    _ = window.open(isMandatory: false)
    #expect(window.isFull)
    expect(window.settle(2, multiple: false, accepted: true), is: true)
    #expect(window.isFull)
    expect(window.settle(1, multiple: false, accepted: true), is: true)
    #expect(!window.isFull)
  }

  @Test("refuses confirms and returns for messages that are not out")
  func unknown() {
    var window = ConfirmWindow(capacity: 4)
    _ = window.open(isMandatory: false)
    _ = window.open(isMandatory: true)
    expect(window.settle(3, multiple: false, accepted: true), is: false)
    expect(window.settle(0, multiple: false, accepted: true), is: false)
    expect(window.settle(.max, multiple: true, accepted: true), is: false)
    expect(window.noteReturn(1, code: 312, text: "NO_ROUTE"), is: false)
    expect(window.noteReturn(2, code: 312, text: "NO_ROUTE"), is: true)
    expect(window.noteReturn(2, code: 312, text: "NO_ROUTE"), is: false)
    expect(window.settle(2, multiple: true, accepted: true), is: true)
    expect(window.settle(2, multiple: false, accepted: true), is: false)
    let last = window.take().last
    #expect(last?.outcome == .returned(code: 312, text: "NO_ROUTE"))
  }

  @Test("calls a message that was returned and then refused a refused one")
  func returnedThenRefused() {
    var window = ConfirmWindow(capacity: 4)
    _ = window.open(isMandatory: true)
    expect(window.noteReturn(1, code: 312, text: "NO_ROUTE"), is: true)
    expect(window.settle(1, multiple: false, accepted: false), is: true)
    let taken = window.take()
    #expect(taken == [PublishConfirmation(sequence: 1, outcome: .rejected)])
  }

  /// Mutating calls cannot stand inside the macro.
  private func expect(_ value: Bool, is expected: Bool, at location: SourceLocation = #_sourceLocation) {
    #expect(value == expected, sourceLocation: location)
  }
}
