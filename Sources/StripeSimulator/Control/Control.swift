import HTTP
import JSON

/// `/_simulator/…`: what tests ask the simulator about, and make it do.
enum Control {
  static let prefix = "/_simulator/"

  static func answer(_ request: HTTPRequest, _ front: Front) -> HTTPResponse {
    .text("not found", status: 404)
  }
}
