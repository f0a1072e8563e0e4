import Billing
import Synchronization

/// The ids that the lanes of this process met last, about a million of them, in 4 MiB.
///
/// A hint and no more: it says which records are probably in the ledger already, or on their way there through another
/// lane, so that these few are inserted with a look at each key and all others copied. Whether a record counts is decided
/// by the ledger's key alone. An id that was forgotten, or went through another replica, makes a copy fail, and its batch
/// is inserted instead; an id held by mistake is inserted as any other.
final class RecentIDs: Sendable {
  /// A row of tags is one line of the processor's cache. A full row forgets its oldest tag.
  private static let tagsInRow = 16

  /// What an id hashes to, less the bits that say which row. The seed is another in each process, so that nobody can choose
  /// ids that meet in one row. Zero: no tag.
  private let tags: Mutex<[UInt32]>
  private let rows: UInt64

  convenience init() { self.init(rows: 65_536) }

  init(rows: Int) {
    self.rows = UInt64(rows)
    tags = Mutex([UInt32](repeating: 0, count: rows * Self.tagsInRow))
  }

  /// Takes note of an id.
  /// - Returns: whether it was there before.
  func note(_ company: CompanyID, _ id: UsageID) -> Bool {
    var hasher = Hasher()
    hasher.combine(company)
    hasher.combine(id)
    let hash = UInt64(truncatingIfNeeded: Int64(hasher.finalize()))
    let first = Int(hash % rows) * Self.tagsInRow
    let tag = max(1, UInt32(truncatingIfNeeded: hash >> 32))
    return tags.withLock { tags in
      tags.withUnsafeMutableBufferPointer { tags in
        let row = UnsafeMutableBufferPointer(rebasing: tags[first..<first + Self.tagsInRow])
        if row.contains(tag) { return true }
        for index in (1..<Self.tagsInRow).reversed() { row[index] = row[index - 1] }
        row[0] = tag
        return false
      }
    }
  }
}
