import Billing
import Testing

@testable import Workers

@Suite("Ids met lately")
struct RecentIDsTests {
  private func company(_ text: String) throws -> CompanyID { try #require(CompanyID(text)) }

  @Test("an id is met again under its company only")
  func again() throws {
    let recent = RecentIDs()
    let (a, b) = (try company("a"), try company("b"))
    #expect(!recent.note(a, UsageID(trusted: "x")))
    #expect(recent.note(a, UsageID(trusted: "x")))
    #expect(!recent.note(b, UsageID(trusted: "x")))
    #expect(!recent.note(a, UsageID(trusted: "y")))
    #expect(recent.note(b, UsageID(trusted: "x")))
  }

  @Test("as many as half of its room are remembered, and hardly any that never came")
  func capacity() throws {
    let recent = RecentIDs(rows: 1024)
    let company = try company("a")
    let ids = (0..<8_192).map { UsageID(trusted: "\($0)") }
    #expect(ids.count { recent.note(company, $0) } < 10)
    // A row overflows now and then.
    #expect(ids.count { recent.note(company, $0) } > 8_000)
  }

  @Test("what came before many others is forgotten, what came last is not")
  func forgets() throws {
    let recent = RecentIDs(rows: 64)
    let company = try company("a")
    let ids = (0..<10_000).map { UsageID(trusted: "\($0)") }
    for id in ids { _ = recent.note(company, id) }
    #expect(ids.suffix(256).count { recent.note(company, $0) } == 256)
    #expect(ids.prefix(1000).count { recent.note(company, $0) } < 10)
  }
}
