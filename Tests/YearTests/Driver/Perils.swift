import PostgreSQL
import TestSupport

/// Work that dies at any step, in the middle of a COMMIT too, and is done again until it is done; or again though it was.
///
/// A process that dies and a connection that breaks are the same to the database; what the process knew is gone in both
/// cases, since whoever tries again begins anew.
final class Perils {
  let configuration: DatabaseConfiguration
  private let proxy: TCPProxy
  private var dice: Dice
  /// How often a kind of work sends something to the database.
  private var sends: [String: Int] = [:]
  private(set) var deaths = 0

  init(_ database: TestDatabase, dice: Dice) throws {
    let proxy = try TCPProxy(to: Endpoint(ofURL: database.url))
    self.proxy = proxy
    self.dice = dice
    configuration = try DatabaseConfiguration(url: proxy.endpoint.replacing(in: database.url))
  }

  /// - Parameter kind: works of one kind are about as long.
  func run(_ kind: String, dying percent: Int, body: (DatabaseConfiguration) throws -> Void) throws {
    while true {
      let isDoomed = dice.chance(percent)
      proxy.cut(
        atSend: isDoomed ? dice.roll(1...max(2, sends[kind] ?? 10)) : .max, isPassed: dice.chance(60))
      do {
        try body(configuration)
        let (count, hasCut) = proxy.spare()
        if hasCut { deaths += 1 } else { sends[kind] = count }
        guard dice.chance(10) else { return }
      } catch {
        guard proxy.spare().hasCut else { throw error }
        deaths += 1
      }
    }
  }
}
