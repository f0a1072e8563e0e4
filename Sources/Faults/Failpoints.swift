import Glibc
import Synchronization

/// Named places at which a test, or an operator rehearsing a failure, lets the process die or lose a connection.
///
/// Told by `USAGE_BILLING_FAILPOINTS`: `name=action[@n]`, separated by commas: the action happens at the n-th pass of the
/// place (the first, if left out), once. Without the variable a pass costs one comparison.
public final class Failpoints: Sendable {
  public enum Action: String, Sendable {
    /// The process kills itself as `kill -9` would.
    case kill
    /// The caller cuts its connection at the next step.
    case cut
  }

  /// Why a description was refused.
  public struct Malformed: Error, CustomStringConvertible {
    public let description: String
  }

  private struct Plan {
    let action: Action
    let pass: Int
  }

  public static let none = Failpoints(plans: [:])

  private let plans: [String: Plan]
  private let passes: Mutex<[String: Int]>

  private init(plans: [String: Plan]) {
    self.plans = plans
    passes = Mutex([:])
  }

  /// Reads `name=action[@n],…`; the empty text is no failpoint at all.
  public convenience init(parsing text: String) throws(Malformed) {
    var plans: [String: Plan] = [:]
    for entry in text.split(separator: ",") {
      let parts = entry.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw Malformed(description: "a failpoint is name=action[@n]") }
      let action = parts[1].split(separator: "@", maxSplits: 1)
      guard let first = action.first, let kind = Action(rawValue: String(first)),
        let pass = action.count == 2 ? Int(action[1]) : 1, pass > 0
      else { throw Malformed(description: "a failpoint's action is kill or cut, then @ and a number above 0") }
      plans[String(parts[0])] = Plan(action: kind, pass: pass)
    }
    self.init(plans: plans)
  }

  /// Refuses names that no place has: a rehearsal that is misspelt would pass for one that went well.
  public func requireNames(among known: [StaticString]) throws(Malformed) {
    let known = Set(known.map(\.description))
    let unknown = plans.keys.filter { !known.contains($0) }.sorted()
    guard unknown.isEmpty else {
      throw Malformed(
        description:
          "no such failpoint: \(unknown.joined(separator: ", ")); there are \(known.sorted().joined(separator: ", "))")
    }
  }

  /// Passes the place; dies there if that was asked for. Answers whether the caller shall cut its connection.
  @discardableResult
  public func pass(_ name: StaticString) -> Bool {
    guard !plans.isEmpty else { return false }
    let name = name.description
    guard let plan = plans[name] else { return false }
    let count = passes.withLock { passes in
      passes[name, default: 0] += 1
      return passes[name, default: 0]
    }
    guard count == plan.pass else { return false }
    if plan.action == .kill { kill(getpid(), SIGKILL) }
    return plan.action == .cut
  }
}
