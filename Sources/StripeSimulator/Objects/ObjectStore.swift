import JSON

/// Objects of one kind by id and in the order of their making, and where asked for, also by a group (their customer, say).
struct ObjectStore<Object: StripeObject>: Sendable {
  /// In the order of their making; `nil` where one was deleted.
  private var objects: [Object?] = []
  private var places: [String: Int] = [:]
  private var groups: [String: [Int]] = [:]
  private let group: (@Sendable (Object) -> String?)?

  /// - Parameter group: what lists are asked for by most; it must never change in an object.
  init(by group: (@Sendable (Object) -> String?)? = nil) { self.group = group }

  var count: Int { places.count }

  /// All, the oldest first.
  var all: some Sequence<Object> { objects.lazy.compactMap { $0 } }

  subscript(_ id: String) -> Object? { places[id].flatMap { objects[$0] } }

  /// Adds an object, or replaces the one of its id.
  mutating func put(_ object: Object) {
    if let place = places[object.id] {
      objects[place] = object
      return
    }
    places[object.id] = objects.count
    if let group = group?(object) { groups[group, default: []].append(objects.count) }
    objects.append(object)
  }

  mutating func remove(_ id: String) {
    if let place = places.removeValue(forKey: id) { objects[place] = nil }
  }

  /// - Parameter param: `id` for the path's, else the name of the parameter that holds the id.
  func get(_ id: String, _ kind: String, param: String = "id") throws(StripeFailure) -> Object {
    guard let object = self[id] else { throw .noSuch(kind, id, param: param) }
    return object
  }

  /// A group's objects, the oldest first.
  func of(group: String) -> some Sequence<Object> {
    (groups[group] ?? []).lazy.compactMap { objects[$0] }
  }

  /// A page, the newest first.
  ///
  /// - Parameters:
  ///   - group: only this group's; `nil` for all.
  ///   - isWanted: what else they are filtered by.
  func list(
    _ parameters: Parameters, group: String? = nil, url: String? = nil, where isWanted: (Object) -> Bool = { _ in true }
  ) throws(StripeFailure) -> Answer {
    let page = try page(parameters, group: group, where: isWanted)
    return .list(page.objects, hasMore: page.hasMore, url: url ?? Object.url) { $1.writeMembers(to: &$0) }
  }

  func page(
    _ parameters: Parameters, group: String? = nil, where isWanted: (Object) -> Bool = { _ in true }
  ) throws(StripeFailure) -> (objects: [Object], hasMore: Bool) {
    let created = parameters.range("created")
    let limit = parameters.integer("limit") ?? 10
    let places = group.map { groups[$0] ?? [] }
    let count = places?.count ?? objects.count
    func object(_ index: Int) -> Object? { objects[places.map { $0[index] } ?? index] }
    func cursor(_ name: String) throws(StripeFailure) -> Int? {
      guard let id = parameters.text(name) else { return nil }
      guard let place = self.places[id] else { throw .noSuch(Object.name, id, param: name) }
      // Of a group, how many of its objects are older.
      return places.map { $0.partitionPoint { $0 >= place } } ?? place
    }
    let (after, before) = (try cursor("starting_after"), try cursor("ending_before"))
    if after != nil, before != nil {
      throw .invalidRequest("You can only use one of starting_after and ending_before.", param: "ending_before")
    }
    // Forward from a cursor to the newer, else backward to the older.
    var indices: any Sequence<Int> = stride(from: (after ?? count) - 1, through: 0, by: -1)
    if let before { indices = stride(from: before + 1, to: count, by: 1) }
    var found: [Object] = []
    for index in indices {
      guard let object = object(index), created?.contains(object.created) ?? true, isWanted(object) else { continue }
      found.append(object)
      if found.count > limit { break }
    }
    let hasMore = found.count > limit
    let page = Array(found.prefix(limit))
    return (before == nil ? page : page.reversed(), hasMore)
  }
}

extension [Int] {
  /// The first place of a sorted array at which `isBeyond` holds; its count if there is none.
  fileprivate func partitionPoint(_ isBeyond: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
