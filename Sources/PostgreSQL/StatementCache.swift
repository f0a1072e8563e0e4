/// Which statements are prepared on one connection, by text and types of the parameters. Bounded: the one unused for
/// longest gives way.
struct StatementCache {
  struct Key: Hashable {
    let text: String
    let types: [UInt32]
  }

  private struct Entry {
    let name: String
    var lastUse: UInt64
  }

  private var entries: [Key: Entry] = [:]
  private var uses: UInt64 = 0
  private var names: UInt64 = 0
  let capacity: Int

  init(capacity: Int = 128) { self.capacity = capacity }

  var count: Int { entries.count }
  var isFull: Bool { entries.count >= capacity }

  mutating func name(for key: Key) -> String? {
    uses += 1
    guard let index = entries.index(forKey: key) else { return nil }
    entries.values[index].lastUse = uses
    return entries.values[index].name
  }

  /// A name that was never used on this connection.
  mutating func newName() -> String {
    names += 1
    return "s\(names)"
  }

  mutating func insert(_ key: Key, name: String) {
    uses += 1
    entries[key] = Entry(name: name, lastUse: uses)
  }

  mutating func remove(_ key: Key) { entries[key] = nil }

  /// Forgets the statement unused for longest.
  /// - Returns: its name on the server.
  mutating func removeOldest() -> String? {
    guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return nil }
    entries[oldest.key] = nil
    return oldest.value.name
  }
}
