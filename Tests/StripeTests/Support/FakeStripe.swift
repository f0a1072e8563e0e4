import JSON
import Outbox
import Synchronization

@testable import Stripe

/// Keeps what setting up makes, and lists it in pages of one.
final class FakeStripe: Sendable {
  struct State {
    var objects: [(path: String, id: String, members: [(key: String, value: JSONValue)])] = []
    var made: [StripeRequest] = []
    /// Answers that come before all others.
    var next: [StripeAnswer] = []
  }

  let state = Mutex(State())

  var caller: StripeCaller { StripeCaller(sleep: { _ in }) { .success(self.answer($0)) } }

  var made: [StripeRequest] { state.withLock { $0.made } }

  func answer(_ request: StripeRequest) -> StripeAnswer {
    state.withLock { state in
      if !state.next.isEmpty { return state.next.removeFirst() }
      guard case .parameters(let parameters) = request.content else { return .error(400) }
      return request.isReading ? Self.read(request, parameters, state) : Self.make(request, parameters, &state)
    }
  }

  private static func read(_ request: StripeRequest, _ parameters: StripeParameters, _ state: State) -> StripeAnswer {
    let path = request.path.text
    if let object = state.objects.first(where: { "\($0.path)/\($0.id)" == path }) { return answer(object.members) }
    let keys = parameters.pairs.filter { $0.name.text.hasPrefix("lookup_keys[") }.map(\.value.text)
    let all = state.objects.filter { object in
      object.path == path
        && (keys.isEmpty || keys.contains { key in object.members.contains { $0.value == .string(key) } })
    }
    // Looked up by keys, they come at once, as they do at Stripe.
    let first = all.firstIndex { $0.id == parameters["starting_after"] }.map { $0 + 1 } ?? 0
    let page = keys.isEmpty ? all.dropFirst(first).prefix(1) : all[...]
    return answer([
      ("object", .string("list")), ("has_more", .bool(first + page.count < all.count)),
      ("data", .array(page.map { .object($0.members) })),
    ])
  }

  private static func make(
    _ request: StripeRequest, _ parameters: StripeParameters, _ state: inout State
  ) -> StripeAnswer {
    state.made.append(request)
    let path = request.path.text
    if let known = state.objects.first(where: { "\($0.path)/\($0.id)" == path }) {
      return answer(known.members)
    }
    let id = "obj_\(state.objects.count + 1)"
    var members: [(key: String, value: JSONValue)] = [
      ("id", .string(id)), ("object", .string(request.endpoint.object?.description ?? "")),
      ("status", .string("active")),
    ]
    for pair in parameters.pairs { insert(pair.name.text, pair.value.text, into: &members) }
    if request.endpoint == .subscriptions { members.append(("items", items(parameters, state))) }
    if let key = parameters["lookup_key"] {
      // One price has it.
      for index in state.objects.indices {
        state.objects[index].members.removeAll { $0.key == "lookup_key" && $0.value == .string(key) }
      }
    }
    state.objects.append((path, id, members))
    return answer(members)
  }

  /// `a[b]` becomes a member of a member; deeper names are not needed.
  private static func insert(_ name: String, _ value: String, into members: inout [(key: String, value: JSONValue)]) {
    let parts = name.split(separator: "[").map { $0.last == "]" ? String($0.dropLast()) : String($0) }
    guard parts.count == 2, parts[0] != "items" else {
      if parts.count == 1 { members.append((name, .string(value))) }
      return
    }
    let index = members.firstIndex { $0.key == parts[0] }
    var inner: [(key: String, value: JSONValue)] = []
    if let index, case .object(let existing) = members[index].value { inner = existing }
    inner.append((parts[1], .string(value)))
    if let index { members[index].value = .object(inner) } else { members.append((parts[0], .object(inner))) }
  }

  private static func items(_ parameters: StripeParameters, _ state: State) -> JSONValue {
    let prices = parameters.pairs.filter { $0.name.text.hasPrefix("items[") }.map(\.value.text)
    let items = prices.enumerated().map { index, id -> JSONValue in
      let price = state.objects.first { $0.id == id }?.members ?? []
      return .object([("id", .string("si_\(index)")), ("price", .object(price))])
    }
    return .object([("data", .array(items)), ("has_more", .bool(false))])
  }

  private static func answer(_ members: [(key: String, value: JSONValue)]) -> StripeAnswer {
    var json = JSONWriter()
    json.value(.object(members))
    return StripeAnswer(200, json.text)
  }
}
