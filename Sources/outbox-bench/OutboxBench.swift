import Glibc
import JSON
import Ledger
import Outbox
import PostgreSQL

/// The outbox without Stripe: claims entries of meters and settles them at once. For `scripts/bench outbox`, with the
/// database of `DATABASE_URL`.
///
/// ```
/// outbox-bench claims COUNT KEYS            times so many claims; nothing is sent, and all is put back
/// outbox-bench drain KEYS ENTRIES           settles all as delivered; so many sequences, and entries of each, a claim
/// outbox-bench drain KEYS ENTRIES SECONDS   the same for so long, also when nothing is left; a line a second
/// ```
@main
struct OutboxBench {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    let numbers = words.dropFirst().compactMap { Int($0) }
    guard let url = getenv("DATABASE_URL").map({ String(cString: $0) }), numbers.count == words.count - 1 else {
      throw BenchError("DATABASE_URL, and claims COUNT KEYS or drain KEYS ENTRIES [SECONDS]")
    }
    let connection = try Connection.forLedger(DatabaseConfiguration(url: url), applicationName: "outbox-bench")
    var claims = try OutboxClaims(connection, lease: .seconds(60))
    switch (words.first, numbers.count) {
    case ("claims", 2): try ClaimTimes.measure(&claims, count: numbers[0], keys: numbers[1])
    case ("drain", 2): try Drain(keys: numbers[0], entries: numbers[1], duration: nil).run(&claims)
    case ("drain", 3): try Drain(keys: numbers[0], entries: numbers[1], duration: .seconds(numbers[2])).run(&claims)
    default: throw BenchError("claims COUNT KEYS, or drain KEYS ENTRIES [SECONDS]")
    }
  }
}

struct BenchError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// One line of JSON on standard output, at once.
func report(_ body: (inout JSONWriter) -> Void) {
  var json = JSONWriter(.compact)
  json.object(body)
  print(json.text)
  fflush(nil)
}
