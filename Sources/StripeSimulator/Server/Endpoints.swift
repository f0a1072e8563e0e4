import HTTP

/// Finds endpoints by method and path.
struct Endpoints: Sendable {
  /// Every endpoint there is.
  static let all = Endpoints(
    Customer.endpoints, Meter.endpoints, MeterEvent.endpoints, MeterEventSummary.endpoints,
    MeterEventSessions.endpoints, MeterEventStream.endpoints, CoreEvent.endpoints, Product.endpoints, Price.endpoints,
    Subscription.endpoints, SubscriptionItem.endpoints, InvoiceItem.endpoints, Invoice.endpoints
  )

  let list: [Endpoint]
  private let root: Node

  /// What may follow a part of a path.
  private struct Node: Sendable {
    var literal: [Substring: Node] = [:]
    var open: [Node] = []
    /// Places in the list.
    var endpoints: [HTTPMethod: Int] = [:]
  }

  init(_ lists: [Endpoint]...) {
    list = lists.flatMap { $0 }
    var root = Node()
    for (index, endpoint) in list.enumerated() {
      Self.insert(index, endpoint.method, Self.segments(endpoint.path)[...], into: &root)
    }
    self.root = root
  }

  /// - Returns: the endpoint's place in the list, and the ids in the path; `nil` for an unknown path or method.
  func find(_ method: HTTPMethod, _ path: String) -> (index: Int, ids: [String])? {
    var node = root
    var ids: [String] = []
    for segment in Self.segments(path) {
      if let next = node.literal[segment] {
        node = next
      } else if let next = node.open.first, !segment.isEmpty {
        ids.append(String(segment))
        node = next
      } else {
        return nil
      }
    }
    return node.endpoints[method].map { ($0, ids) }
  }

  private static func segments(_ path: String) -> [Substring] { path.dropFirst().split(separator: "/") }

  private static func insert(
    _ index: Int, _ method: HTTPMethod, _ segments: ArraySlice<Substring>, into node: inout Node
  ) {
    guard let segment = segments.first else {
      node.endpoints[method] = index
      return
    }
    if segment == "*" {
      if node.open.isEmpty { node.open = [Node()] }
      insert(index, method, segments.dropFirst(), into: &node.open[0])
    } else {
      insert(index, method, segments.dropFirst(), into: &node.literal[segment, default: Node()])
    }
  }
}
