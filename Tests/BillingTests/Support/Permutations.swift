/// Calls `body` with every order of `elements` (Heap's algorithm).
func forEachPermutation<Element>(_ elements: [Element], _ body: ([Element]) throws -> Void) rethrows {
  var elements = elements
  func permute(_ count: Int) throws {
    guard count > 1 else { return try body(elements) }
    for index in 0..<count {
      try permute(count - 1)
      if index < count - 1 { elements.swapAt(count.isMultiple(of: 2) ? index : 0, count - 1) }
    }
  }
  try permute(elements.count)
}

/// Calls `body` with every order of `elements`, in each of which one comes a second time: another, and elsewhere, from
/// one call to the next.
func forEachPermutationWithRepeat<Element>(_ elements: [Element], _ body: ([Element]) throws -> Void) rethrows {
  var calls = 0
  try forEachPermutation(elements) { order in
    var order = order
    order.insert(order[calls % elements.count], at: calls / elements.count % (elements.count + 1))
    calls += 1
    try body(order)
  }
}
