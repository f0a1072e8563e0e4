import Glibc
import Operations

/// Shows on standard error how far long work has come; nothing where that is no terminal.
final class ProgressBar {
  private static let width = 30
  private static let interval: Int64 = 100_000

  private let title: String
  private let total: Int?
  private let isShown: Bool
  private let started = SystemClock.microseconds()
  private var lastDrawn: Int64 = 0
  private var done = 0

  /// - Parameter total: steps of the whole work; `nil` when nobody knows.
  init(_ title: String, total: Int?, isShown: Bool = isatty(STDERR_FILENO) == 1) {
    self.title = title
    self.total = total
    self.isShown = isShown
  }

  func advance(by steps: Int = 1) { advance(to: done + steps) }

  /// Draws at most ten times a second.
  func advance(to steps: Int) {
    done = steps
    guard isShown else { return }
    let now = SystemClock.microseconds()
    guard now - lastDrawn >= Self.interval else { return }
    lastDrawn = now
    draw(now)
  }

  /// Takes the bar away, so that what follows stands on a clean line.
  func finish() {
    guard isShown, lastDrawn > 0 else { return }
    Log.writeToStandardError(Array("\r\u{1B}[K".utf8))
  }

  private func draw(_ now: Int64) {
    Log.writeToStandardError(Array("\r\u{1B}[K\(line(now))".utf8))
  }

  /// `verify [#####-----] 50% 1200/2400 600/s`.
  func line(_ now: Int64) -> String {
    let elapsed = max(1, now - started)
    let rate = done * 1_000_000 / Int(elapsed)
    guard let total, total > 0 else { return "\(title) \(done) \(rate)/s" }
    let filled = min(Self.width, done * Self.width / total)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
    return "\(title) [\(bar)] \(min(100, done * 100 / total))% \(done)/\(total) \(rate)/s"
  }
}
