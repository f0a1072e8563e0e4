import Operations
import Synchronization

/// Lets the first lane of a process finish a batch before the others fetch anything: after a crash that one message
/// caused, only that message is at stake, not one more for each lane, which would be redelivered as often as the killer and
/// share its end.
final class StartGate: Sendable {
  private let isOpen = Atomic(false)

  func open(by lane: Int) {
    if lane == 0 { isOpen.store(true, ordering: .releasing) }
  }

  /// The first lane passes at once; the others when it is done with what it fetched first, or found nothing.
  func wait(lane: Int, stop: StopSignal, bell: Doorbell, pulse: Health.Pulse) {
    while lane > 0, !isOpen.load(ordering: .acquiring), !stop.isSet {
      pulse.beat()
      bell.wait(atMost: .milliseconds(5))
    }
  }
}
