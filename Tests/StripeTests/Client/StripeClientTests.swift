import HTTP
import Outbox
import Testing

@testable import Stripe

@Suite("The client")
struct StripeClientTests {
  private func configuration(_ port: UInt16, timeout: Duration = .seconds(30)) throws -> StripeConfiguration {
    StripeConfiguration(
      secretKey: try #require(StripeKey("sk_test_1")), apiBase: "http://127.0.0.1:\(port)",
      meterEventsBase: "http://127.0.0.1:\(port)", timeout: timeout)
  }

  private func serve(_ path: String, _ method: HTTPMethod, _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse)
    throws -> HTTPServer
  {
    try HTTPServer(address: "127.0.0.1", port: 0, routes: [HTTPRoute(method, path, answer)])
  }

  @Test("A request arrives as it was made, and its answer is read")
  func roundTrip() throws {
    let request = try #require(try OurRequests.all()["invoice_item"])
    let server = try serve("/v1/invoiceitems", .post) { received in
      let isRight =
        received.headers["Authorization"] == "Bearer sk_test_1" && received.body == request.body
        && received.headers["User-Agent"] == "usage-billing/9.9"
        && received.headers["Idempotency-Key"] == request.idempotencyKey?.text
        && received.headers["Content-Type"] == "application/x-www-form-urlencoded"
      let headers: HTTPHeaders = ["Request-Id": "req_1", "Idempotent-Replayed": "true"]
      return HTTPResponse(
        status: isRight ? 200 : 400, headers: headers, body: Array(#"{"id": "ii_1", "object": "invoiceitem"}"#.utf8))
    }
    defer { server.stop(within: .seconds(5)) }
    let client = try StripeClient(configuration(server.port), release: "9.9")
    let id = try client.submit(request)
    var completions: [StripeClient.Completion] = []
    while completions.isEmpty { completions = try client.poll(timeout: .seconds(5)) }
    let answer = try #require(completions.first).result.get()
    #expect(completions.first?.id == id)
    #expect(answer.status == 200 && answer.isReplayed && answer.requestID == RemoteID("req_1"))
    #expect(classify(.invoiceItems, .success(answer)) == .delivered(reference: RemoteID("ii_1")))
  }

  @Test(
    "Bodies that nobody can read are answers of unknown meaning",
    arguments: [
      Array("garbage".utf8), [0xFF, 0xFE, 0x00], Array(repeating: UInt8(ascii: "["), count: 100_000),
      Array(#"{"id": "\ud800"}"#.utf8), Array(#"{"object": "invoiceitem", "object": "x"}"#.utf8),
    ])
  func garbage(_ body: [UInt8]) throws {
    let server = try serve("/v1/invoiceitems", .post) { _ in HTTPResponse(status: 200, body: body) }
    defer { server.stop(within: .seconds(5)) }
    let client = try StripeClient(configuration(server.port), release: "9.9")
    let result = client.perform(try #require(try OurRequests.all()["invoice_item"]))
    #expect(classify(.invoiceItems, result) == .retry(.answerUnreadable))
  }

  @Test("An answer of more than four megabytes is not read, and not taken for delivered")
  func tooLarge() throws {
    let server = try serve("/v1/invoiceitems", .post) { _ in
      HTTPResponse(status: 200, body: [UInt8](repeating: 0x20, count: (4 << 20) + 1))
    }
    defer { server.stop(within: .seconds(5)) }
    let client = try StripeClient(configuration(server.port), release: "9.9")
    let result = client.perform(try #require(try OurRequests.all()["invoice_item"]))
    #expect(classify(.invoiceItems, result) == .retry(.answerTooLarge))
  }

  @Test("Where nobody listens nothing was sent")
  func nobody() throws {
    let server = try serve("/", .get) { _ in .text("") }
    let port = server.port
    server.stop(within: .seconds(5))
    let client = try StripeClient(configuration(port), release: "9.9")
    guard case .failure(let failure) = client.perform(try #require(try OurRequests.all()["customer"])) else {
      Issue.record("somebody answered")
      return
    }
    #expect(failure == StripeTransportFailure(.connectFailed, mayHaveBeenSent: false))
  }
}
