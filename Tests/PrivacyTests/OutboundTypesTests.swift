import Foundation
import TestSupport
import Testing

@Suite("Text of messages and people has no way out")
struct OutboundTypesTests {
  private static let file = TestDatabase.schemasFolder + "/../Tests/PrivacyTests/Fixtures/TextOfMessages.swift"

  @Test(
    "building a log line, a text for Stripe, an audit fact, a label or a dead letter's reason of it does not compile")
  func refused() throws {
    let lines = try String(contentsOfFile: Self.file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let meant = Set(lines.indices.filter { lines[$0].hasSuffix("// refused") }.map { $0 + 1 })
    #expect(meant.count > 30)
    let found = try Compiler.errorLines(Self.file)
    #expect(meant.subtracting(found).sorted() == [], "these lines compile")
    #expect(found.subtracting(meant).sorted() == [], "these lines do not compile")
  }

  /// Conforming would be the one way around: it has to be conspicuous, and it is forbidden here.
  @Test("no text conforms to a protocol of what may leave")
  func conformances() throws {
    let protocols = /(?:Loggable|Outbound|AuditValue|MetricLabelValue)\b/
    let texts =
      /extension\s+(?:String|Substring|Character|Array|Optional|StringProtocol|UsageID|EventID|ChargeID|Pseudonym|Pseudonyms|JSONValue|CompanyDisplayName)\s*:/
    let sources = TestDatabase.schemasFolder + "/../Sources"
    let files = try #require(FileManager.default.enumerator(atPath: sources))
    var seen = 0
    for case let path as String in files where path.hasSuffix(".swift") {
      seen += 1
      for line in try String(contentsOfFile: "\(sources)/\(path)", encoding: .utf8).split(separator: "\n")
      where line.contains(texts) && line.contains(protocols) {
        // Of a value that may leave, or none.
        #expect(line.contains("Optional: Loggable where Wrapped: Loggable"), "\(path): \(line)")
      }
    }
    #expect(seen > 100)
  }
}
