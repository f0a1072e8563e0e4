import PostgreSQL
import TestSupport

/// Work that dies at any step, in the middle of a COMMIT too, and is done again until it is done; or again though it was.
///
/// A process that dies and a connection that breaks are the same to the database; what the process knew is gone in both
/// cases, since whoever tries again begins anew.
final class Perils {
  private let configuration: DatabaseConfiguration
  private let proxy: TCPProxy
  private var dice: Dice
  /// How often a kind of work sends something to the database.
  private var sends: [String: Int] = [:]
  private var tools: [String: Any] = [:]
  private(set) var deaths = 0

  init(_ database: TestDatabase, dice: Dice) throws {
    let proxy = try TCPProxy(to: Endpoint(ofURL: database.url))
    self.proxy = proxy
    self.dice = dice
    configuration = try DatabaseConfiguration(url: proxy.endpoint.replacing(in: database.url))
  }

  /// - Parameters:
  ///   - kind: works of one kind are about as long, and keep what they work with.
  ///   - percent: how many of a hundred attempts die.
  ///   - make: what the work is done with; made anew after each death, with a connection of its own.
  func run<Tool>(
    _ kind: String, dying percent: Int, with make: (DatabaseConfiguration) throws -> Tool, body: (Tool) throws -> Void
  ) throws {
    while true {
      let isDoomed = dice.chance(percent)
      proxy.cut(atSend: isDoomed ? dice.roll(1...max(2, sends[kind] ?? 10)) : .max, isPassed: dice.chance(60))
      do {
        let tool = try tools[kind] as? Tool ?? make(configuration)
        tools[kind] = tool
        try body(tool)
        let (count, hasCut) = proxy.spare()
        if hasCut {
          deaths += 1
          tools[kind] = nil
        } else {
          sends[kind] = count
        }
        guard dice.chance(10) else { return }
      } catch {
        tools[kind] = nil
        guard proxy.spare().hasCut else { throw error }
        deaths += 1
      }
    }
  }
}
