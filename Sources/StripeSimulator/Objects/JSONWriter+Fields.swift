import JSON

extension JSONWriter {
  /// `null` under each of these names: fields that Stripe has and the simulator has nothing to say about.
  mutating func nulls(_ names: String...) {
    for name in names {
      key(name)
      null()
    }
  }

  /// `null` when there is no number.
  mutating func field(_ name: String, optional value: Int?) {
    key(name)
    if let value { number(value) } else { null() }
  }

  /// An empty array under each of these names.
  mutating func emptyArrays(_ names: String...) {
    for name in names {
      key(name)
      array { _ in }
    }
  }

  mutating func object(_ name: String, _ members: (inout JSONWriter) -> Void) {
    key(name)
    object(members)
  }

  mutating func field(_ name: String, _ span: TimeSpan) {
    object(name) {
      $0.field("end", span.end)
      $0.field("start", span.start)
    }
  }

  /// A list as it stands within an object: all of it.
  mutating func list(_ name: String, of objects: [some StripeObject], url: String) {
    object(name) {
      $0.field("object", "list")
      $0.key("data")
      $0.array { json in
        for object in objects { json.object { object.writeMembers(to: &$0) } }
      }
      $0.field("has_more", false)
      $0.field("total_count", objects.count)
      $0.field("url", url)
    }
  }
}
