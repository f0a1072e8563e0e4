import Glibc

/// SIGTERM and SIGINT, waited for instead of handled: nothing runs in a signal handler.
struct StopSignals {
  private var signals = sigset_t()

  /// Blocks the signals in this thread and in all that it makes from now on.
  init() {
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// - Returns: whether one of them came.
  func wait(atMost timeout: Duration) -> Bool {
    let (seconds, attoseconds) = timeout.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    var signals = signals
    return sigtimedwait(&signals, nil, &time) > 0
  }
}
