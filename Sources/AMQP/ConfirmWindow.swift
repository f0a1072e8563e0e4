/// Which published messages are still without a word from the broker: pure bookkeeping, without I/O.
///
/// Confirms come grouped and out of order. The window is a ring over the sequence numbers from the oldest unsettled one on; its
/// span, not only its count, is bounded, so that every step costs a constant time.
struct ConfirmWindow {
  private enum State: UInt8 {
    case open
    case openMandatory
    case returned
    case confirmed
    case rejected
    case confirmedReturned
  }

  private var states: [State]
  /// Oldest sequence number that is not settled, or the next one to be given.
  private var oldest: UInt64 = 1
  private var nextSequence: UInt64 = 1
  private var returns: [UInt64: (code: UInt16, text: String)] = [:]
  private var settled: [PublishConfirmation] = []

  init(capacity: Int) {
    states = Array(repeating: .confirmed, count: max(capacity, 1))
  }

  var isFull: Bool { nextSequence - oldest >= UInt64(states.count) }
  var isEmpty: Bool { nextSequence == oldest }
  /// Next number that `open` will give.
  var upcoming: UInt64 { nextSequence }

  /// Sequence numbers without a final word, oldest first.
  var unsettled: [UInt64] {
    (oldest..<nextSequence).filter { isOpen(states[index($0)]) }
  }

  /// Notes a message as sent. The window must not be full.
  mutating func open(isMandatory: Bool) -> UInt64 {
    let sequence = nextSequence
    states[index(sequence)] = isMandatory ? .openMandatory : .open
    nextSequence += 1
    return sequence
  }

  /// Notes a return, which precedes its confirm; false if no such mandatory message is out.
  mutating func noteReturn(_ sequence: UInt64, code: UInt16, text: String) -> Bool {
    guard contains(sequence), states[index(sequence)] == .openMandatory else { return false }
    states[index(sequence)] = .returned
    returns[sequence] = (code, text)
    return true
  }

  /// Notes a confirm (`accepted`) or a refusal of one message, or of all up to it; false if no such message is out.
  mutating func settle(_ sequence: UInt64, multiple: Bool, accepted: Bool) -> Bool {
    // Number zero stands for all messages in a grouped word.
    let last = multiple && sequence == 0 ? nextSequence - 1 : sequence
    guard contains(last) else { return false }
    if multiple {
      for each in oldest...last where isOpen(states[index(each)]) { settleOne(each, accepted) }
    } else {
      guard isOpen(states[index(last)]) else { return false }
      settleOne(last, accepted)
    }
    advance()
    return true
  }

  /// The settled messages not taken before, in the order they were published.
  mutating func take() -> [PublishConfirmation] {
    defer { settled.removeAll() }
    return settled
  }

  private func contains(_ sequence: UInt64) -> Bool { sequence >= oldest && sequence < nextSequence }

  private func index(_ sequence: UInt64) -> Int { Int(sequence % UInt64(states.count)) }

  private func isOpen(_ state: State) -> Bool { state == .open || state == .openMandatory || state == .returned }

  private mutating func settleOne(_ sequence: UInt64, _ accepted: Bool) {
    let wasReturned = states[index(sequence)] == .returned
    states[index(sequence)] = accepted ? (wasReturned ? .confirmedReturned : .confirmed) : .rejected
  }

  private mutating func advance() {
    while oldest < nextSequence {
      let state = states[index(oldest)]
      guard !isOpen(state) else { return }
      settled.append(PublishConfirmation(sequence: oldest, outcome: outcome(oldest, state)))
      oldest += 1
    }
  }

  private mutating func outcome(_ sequence: UInt64, _ state: State) -> PublishConfirmation.Outcome {
    let returned = returns.isEmpty ? nil : returns.removeValue(forKey: sequence)
    if state == .rejected { return .rejected }
    if state == .confirmedReturned, let returned { return .returned(code: returned.code, text: returned.text) }
    return .confirmed
  }
}
