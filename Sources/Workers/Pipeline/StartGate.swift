import Synchronization

/// Lets the first lane of a process settle something before the others fetch anything: after a crash that one message
/// caused, only one message is at stake, not one for each lane.
final class StartGate: Sendable {
  private let isOpen = Atomic(false)

  func open(by lane: Int) {
    if lane == 0 { isOpen.store(true, ordering: .releasing) }
  }

  /// The first lane passes at once; the others when it has come round to fetching for the second time.
  func wait(lane: Int, stop: StopSignal, bell: Doorbell) {
    while lane > 0, !isOpen.load(ordering: .acquiring), !stop.isSet { bell.wait(atMost: .milliseconds(5)) }
  }
}
