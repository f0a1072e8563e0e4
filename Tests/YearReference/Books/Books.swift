/// The books of everybody who is named in the steps.
public enum Books {
  /// Every company's invoices, the first one first.
  ///
  /// - Throws: `BooksError` where the facts contradict the catalog.
  public static func invoices(_ steps: [Step], catalog: Catalog) throws -> [String: [ExpectedInvoice]] {
    var books: [String: CompanyBooks] = [:]
    var catalog = catalog
    for step in steps {
      var named: Set<String> = []
      switch step {
      case .published(let messages, _): named = Set(messages.map(\.company))
      case .company(let id, _, _): named = [id]
      case .catalog(let new, _):
        catalog = new
        named = Set(books.keys)
      case .renewed, .chargesBilled, .closed: named = Set(books.keys)
      }
      for id in named { try books[id, default: CompanyBooks(id, catalog: catalog)].take(step) }
    }
    return books.mapValues(\.invoices)
  }
}
