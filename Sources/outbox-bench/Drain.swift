import Glibc
import JSON
import Outbox

/// Settles as delivered whatever can be claimed.
struct Drain {
  let keys: Int
  /// Of one sequence in a claim.
  let entries: Int
  /// `nil`: until nothing is left.
  let duration: Duration?

  func run(_ claims: inout OutboxClaims) throws {
    let start = ContinuousClock.now
    let began = now()
    var (settled, ended, nextLine) = (0, began, start + .seconds(1))
    while duration.map({ start.duration(to: .now) < $0 }) ?? true {
      let claimed = try claims.claim(.meters, keys: keys, entriesPerMeter: entries)
      if claimed.isEmpty {
        guard duration != nil else { break }
        usleep(2000)
      } else {
        try claims.settle(claimed, .delivered(reference: nil))
        settled += claimed.reduce(0) { $0 + $1.entries.count }
        ended = now()
      }
      if duration != nil, .now >= nextLine {
        nextLine += .seconds(1)
        report { $0.field("settled", settled) }
      }
    }
    report {
      $0.field("settled", settled)
      $0.field("beganMicroseconds", number: String(began))
      $0.field("endedMicroseconds", number: String(ended))
    }
  }

  /// Since 1970: several of these are compared.
  private func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
