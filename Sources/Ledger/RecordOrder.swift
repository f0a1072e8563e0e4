import Billing

/// Puts entries in the order of the ledger's key: company, usage id, then delivery.
///
/// What is sorted is the first sixteen bytes of both texts as numbers, beside an index: comparing and moving those is
/// several times cheaper than comparing texts and moving entries. Only equal prefixes look at the texts themselves.
enum RecordOrder {
  private struct Key {
    let company: (UInt64, UInt64)
    let usage: (UInt64, UInt64)
    let index: Int
  }

  /// - Returns: the entries in order, and whether two of them have one company and usage id.
  static func sorted(_ entries: [Entry]) -> (entries: [Entry], hasRepeats: Bool) {
    var keys = entries.indices.map { index in
      Key(
        company: prefix(entries[index].company.id.text), usage: prefix(entries[index].record.usageID.text), index: index
      )
    }
    keys.sort { left, right in
      if left.company != right.company { return left.company < right.company }
      if entries[left.index].company !== entries[right.index].company {
        return entries[left.index].company.id < entries[right.index].company.id
      }
      if left.usage != right.usage { return left.usage < right.usage }
      let (leftID, rightID) = (entries[left.index].record.usageID, entries[right.index].record.usageID)
      return leftID == rightID ? left.index < right.index : leftID < rightID
    }
    let hasRepeats = zip(keys, keys.dropFirst()).contains { left, right in
      left.company == right.company && left.usage == right.usage
        && entries[left.index].company === entries[right.index].company
        && entries[left.index].record.usageID == entries[right.index].record.usageID
    }
    return (keys.map { entries[$0.index] }, hasRepeats)
  }

  /// Big-endian, so that numbers compare as the bytes do. A shorter text is filled with zeros, which no text contains.
  private static func prefix(_ text: String) -> (UInt64, UInt64) {
    var text = text
    return text.withUTF8 { bytes in
      var first: UInt64 = 0
      var second: UInt64 = 0
      for index in 0..<min(8, bytes.count) { first |= UInt64(bytes[index]) << UInt64(56 - 8 * index) }
      for index in 8..<max(8, min(16, bytes.count)) { second |= UInt64(bytes[index]) << UInt64(56 - 8 * (index - 8)) }
      return (first, second)
    }
  }
}
