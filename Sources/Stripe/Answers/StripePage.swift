import JSON
import Outbox

/// A page of one of Stripe's lists.
struct StripePage {
  let objects: [JSONValue]
  /// The `starting_after` of the page that follows; `nil` on the last.
  let next: RemoteID?

  /// `nil` when the body is no list, or says that there is more without a way to go on.
  init?(_ answer: StripeAnswer) {
    guard answer.isSuccess, let body = answer.body, let objects = body["data"]?.elements else { return nil }
    self.objects = objects
    guard body["has_more"]?.isTrue == true else {
      next = nil
      return
    }
    guard let last = objects.last?.remoteID else { return nil }
    next = last
  }

  /// Every object as what it stands for; `nil` when one of them is nothing of the kind.
  func all<Element>(_ read: (JSONValue) -> Element?) -> [Element]? {
    var elements: [Element] = []
    for object in objects {
      guard let element = read(object) else { return nil }
      elements.append(element)
    }
    return elements
  }
}
