import Glibc
import Synchronization

/// Where a command's results go: standard output, or memory in tests.
///
/// A reader that closes early (`| head`) is no error: the rest is dropped and the work goes on. Any other failure is kept
/// and ends the command with status 1, because half a report must not pass for a whole one.
final class Output: Sendable {
  private enum State {
    case open
    case closedByReader
    case failed(String)
  }

  private let descriptor: Int32?
  private let state = Mutex(State.open)
  private let collected = Mutex<[UInt8]>([])
  /// Whether people are reading.
  let isTerminal: Bool

  init(descriptor: Int32) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
  }

  /// Keeps everything in memory.
  init() {
    descriptor = nil
    isTerminal = false
  }

  /// What was written, of an output in memory.
  var text: String { collected.withLock { String(decoding: $0, as: UTF8.self) } }

  /// Why not everything could be written; `nil` when it was, or the reader did not want it.
  var failure: String? {
    state.withLock { state in
      if case .failed(let reason) = state { return reason }
      return nil
    }
  }

  /// Writes the text and a line break.
  func line(_ text: String) { write(Array((text + "\n").utf8)) }

  func write(_ text: String) { write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) {
    guard let descriptor else { return collected.withLock { $0 += bytes } }
    state.withLock { state in
      guard case .open = state else { return }
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          state = errno == EPIPE ? .closedByReader : .failed(String(cString: strerror(errno)))
          return
        }
        rest = rest.dropFirst(count)
      }
    }
  }
}
