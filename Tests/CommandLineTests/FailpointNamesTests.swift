import Foundation
import Operations
import TestSupport
import Testing

@testable import usage_billing

@Suite("Names of failpoints")
struct FailpointNamesTests {
  private static let good = "ledger.after_copy=kill@2,relay.after_event_confirm=kill,outbox.inside_settle_commit=cut"

  private func mistakes(_ text: String) -> [String] {
    do {
      _ = try Wiring(["USAGE_BILLING_FAILPOINTS": text], needs: [], isTerminal: false)
      return []
    } catch {
      return error.mistakes.map(\.description)
    }
  }

  @Test("one that no place has is refused by its name, beside others that are known")
  func unknown() throws {
    #expect(mistakes(Self.good) == [])
    let found = mistakes("\(Self.good),ledger.after_comit=kill,worker=cut")
    #expect(found.count == 1)
    let text = try #require(found.first)
    #expect(text.contains("USAGE_BILLING_FAILPOINTS") && text.contains("ledger.after_comit, worker;"))
    #expect(text.contains("ledger.after_commit") && !text.contains("@2"))
  }

  @Test("every place that the sources name is known")
  func complete() throws {
    let known = Set(Wiring.knownFailpoints.map(\.description))
    let sources = TestDatabase.schemasFolder + "/../Sources"
    let files = try #require(FileManager.default.enumerator(atPath: sources))
    var named: Set<String> = []
    for case let path as String in files where path.hasSuffix("Step.swift") || path.hasSuffix("Failpoint.swift") {
      let text = try String(contentsOfFile: "\(sources)/\(path)", encoding: .utf8)
      for match in text.matches(of: /: StaticString = "([a-z_]+\.[a-z_]+)"/) { named.insert(String(match.1)) }
    }
    #expect(named.count > 20)
    #expect(named == known)
  }
}
