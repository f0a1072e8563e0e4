internal import CCurl
import Synchronization

/// Ends a client's `poll` early, from any thread; a call that comes while nobody polls ends the next `poll`.
public final class HTTPClientWaker: Sendable {
  /// Zero when the client is gone.
  private let client: Mutex<UInt>
  private let isCalled = Atomic(false)

  init(_ multi: UnsafeMutableRawPointer) { client = Mutex(UInt(bitPattern: multi)) }

  public func wake() {
    isCalled.store(true, ordering: .releasing)
    client.withLock { address in
      guard let multi = UnsafeMutableRawPointer(bitPattern: address) else { return }
      // It fails only when the client's wake-up descriptor is full of calls already, which is as good.
      curl_multi_wakeup(multi)
    }
  }

  func takeCall() -> Bool { isCalled.exchange(false, ordering: .acquiringAndReleasing) }

  /// From now on the client's memory is not touched.
  func invalidate() { client.withLock { $0 = 0 } }
}
