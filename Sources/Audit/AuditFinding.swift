/// Where and how a chain is broken.
public enum AuditFinding: Sendable, Hashable, CustomStringConvertible {
  /// The row is not what its hash was made of.
  case changed(Int64)
  /// Rows are not there.
  case missing(from: Int64, through: Int64)
  /// The row is in itself as it was written, and was not written after the one before it: one of the two was replaced,
  /// or stood elsewhere.
  case notFollowing(Int64)
  /// The log ends before the head that it once had.
  case cut(AuditHead, last: Int64)
  /// The row at the head's number is another one than then.
  case replaced(AuditHead)

  /// A stable name for programs.
  public var kind: String {
    switch self {
    case .changed: "changed"
    case .missing: "missing"
    case .notFollowing: "not_following"
    case .cut: "cut"
    case .replaced: "replaced"
    }
  }

  /// The first row that it is about.
  public var number: Int64 {
    switch self {
    case .changed(let number), .missing(let number, _), .notFollowing(let number): number
    case .cut(_, let last): last + 1
    case .replaced(let head): head.number
    }
  }

  public var description: String {
    switch self {
    case .changed(let number): "row \(number) was changed: its hash is another one"
    case .missing(let first, let last):
      first == last ? "row \(first) is missing" : "rows \(first) to \(last) are missing"
    case .notFollowing(let number):
      "row \(number) does not follow row \(number - 1): that one was replaced, or rows were reordered"
    case .cut(let head, let last): "rows \(last + 1) to \(head.number) were cut off: the log once ended with the latter"
    case .replaced(let head): "row \(head.number) is another one than when the log ended with it"
    }
  }
}
