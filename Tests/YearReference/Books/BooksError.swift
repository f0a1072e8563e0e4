/// What the slow computation can make nothing of: the test's own facts are wrong then.
public struct BooksError: Error, CustomStringConvertible {
  public let description: String
}
