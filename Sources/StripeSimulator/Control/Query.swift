/// What stands behind a control request's question mark.
struct Query {
  private let parameters: Parameter

  init(_ text: String) throws(Control.Mistake) {
    do throws(StripeFailure) {
      parameters = try FormParser.parse(text.utf8)
    } catch {
      throw Control.Mistake(reason: error.message)
    }
  }

  subscript(_ name: String) -> String? {
    guard case .text(let text) = parameters[name] else { return nil }
    return text
  }

  func number(_ name: String) throws(Control.Mistake) -> Int? {
    guard let text = self[name] else { return nil }
    guard let number = Int(text), number >= 0 else {
      throw Control.Mistake(reason: "\(name) must be a whole number")
    }
    return number
  }
}
