import JSON

/// What a request is answered with, before Stripe's usual header fields.
struct Answer: Sendable {
  var status = 200
  var body: [UInt8]
  var headers: [(name: String, value: String)] = []

  init(status: Int = 200, body: [UInt8], headers: [(name: String, value: String)] = []) {
    self.status = status
    self.body = body
    self.headers = headers
  }

  init(_ write: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    json.object { write(&$0) }
    body = json.bytes
  }

  init(_ object: some StripeObject) {
    self.init { object.writeMembers(to: &$0) }
  }

  /// A page of a list.
  static func list<Object>(
    _ objects: [Object], hasMore: Bool, url: String, _ write: (inout JSONWriter, Object) -> Void
  ) -> Answer {
    Answer {
      $0.field("object", "list")
      $0.key("data")
      $0.array { json in
        for object in objects { json.object { write(&$0, object) } }
      }
      $0.field("has_more", hasMore)
      $0.field("url", url)
    }
  }

  /// Of `DELETE`.
  static func deleted(_ object: some StripeObject) -> Answer {
    Answer {
      $0.field("id", object.id)
      $0.field("object", type(of: object).name)
      $0.field("deleted", true)
    }
  }
}
