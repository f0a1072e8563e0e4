import Testing
import YearReference

@Suite("The slow computation: facts that contradict the catalog")
struct ContradictionTests {
  private func complaint(_ story: Story, _ catalog: Catalog = sampleCatalog) -> String? {
    do {
      _ = try story.invoices(catalog)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("A metric that the catalog lacks is named, with the usage")
  func metric() throws {
    var story = try Story()
    try story.use("order", "1", at: "2027-07-02")
    #expect(complaint(story) == nil)
    try story.use("parsec", "1", at: "2027-07-02", id: "far")
    #expect(complaint(story) == "usage far of acme: the catalog has no metric parsec")
  }

  @Test("What is no number is quoted")
  func number() throws {
    var story = try Story()
    try story.use("order", "1e3", at: "2027-07-02")
    #expect(complaint(story) == #""1e3" is no number"#)
  }

  @Test("A quantity above the last tier, and a catalog without plans, are told")
  func catalog() throws {
    var catalog = sampleCatalog
    catalog.plans[0].rates = [.init("order", .volume([.init(upTo: "10", price: "1")]))]
    var story = try Story()
    try story.use("order", "10", at: "2027-07-02")
    #expect(complaint(story, catalog) == nil)
    try story.use("order", "1", at: "2027-07-02")
    try story.close(at: "2027-08-01T00:30")
    #expect(complaint(story, catalog) == "no tier of the catalog takes 11")
    catalog.plans = []
    #expect(complaint(story, catalog) == "the catalog has no plan")
  }
}
