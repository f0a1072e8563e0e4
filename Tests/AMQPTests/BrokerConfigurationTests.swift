import Testing

@testable import AMQP

@Suite("The broker's URL")
struct BrokerConfigurationTests {
  struct Good: Sendable {
    let url: String
    var host = "localhost"
    var port: UInt16 = 5672
    var user = "guest"
    var password = "guest"
    var virtualHost = "/"
  }

  @Test(
    "is read in all its forms",
    arguments: [
      Good(url: "amqp://"),
      Good(url: "amqp://h", host: "h"),
      Good(url: "amqp://h/", host: "h"),
      Good(url: "amqp://u@h", host: "h", user: "u"),
      Good(url: "amqp://u:p@h:1/v", host: "h", port: 1, user: "u", password: "p", virtualHost: "v"),
      Good(url: "amqp://u%61:p%40%2F%3a@h/%2f", host: "h", user: "ua", password: "p@/:"),
      Good(url: "amqp://u:a@b@h/", host: "h", user: "u", password: "a@b"),
      Good(url: "amqp://u:@h/a%2Fb", host: "h", user: "u", password: "", virtualHost: "a/b"),
      Good(url: "amqp://[::1]:5673/v", host: "::1", port: 5673, virtualHost: "v"),
      Good(url: "amqp://u:p@[fe80::1]", host: "fe80::1", user: "u", password: "p"),
      Good(url: "amqps://h", host: "h", port: 5671),
      Good(url: "amqp://h?heartbeat=5", host: "h"),
      Good(url: "amqp://:5999", port: 5999),
    ])
  func good(_ expected: Good) throws {
    let read = try BrokerConfiguration(url: expected.url)
    #expect(read.host == expected.host)
    #expect(read.port == expected.port)
    #expect(read.user == expected.user)
    #expect(read.password == expected.password)
    #expect(read.virtualHost == expected.virtualHost)
  }

  @Test(
    "is refused when wrong, without repeating any of it",
    arguments: [
      "", "http://h", "amqp:/h", "AMQP//secret", "amqp://h:secret", "amqp://h:0", "amqp://h:65536", "amqp://h:-1",
      "amqp://u:sec%zzret@h", "amqp://u:secret%4", "amqp://h/secret%00", "amqp://h/a/secret", "amqp://h/%ff",
      "amqp://u:pa?ss@secret", "amqp://u:secret#x@h", "amqp://[::1secret", "amqp://[::1]secret", "amqp://h?secret=1",
      "amqp://h?heartbeat=secret", "amqp://h?heartbeat=-1", "amqp://h?heartbeat=65536", "amqp://h?heartbeat",
      "amqp://h?connection_timeout=0", "amqp://h?frame_max=10", "amqp://h?cacertfile=secret",
      "amqps://h?certfile=secret", "amqps://h?keyfile=secret", "amqps://h?verify=secret", "amqp://h?verify=verify_none",
      "amqps://h?cacertfile=", "amqp://[]/",
    ])
  func bad(_ url: String) throws {
    let error = try failure { _ = try BrokerConfiguration(url: url) }
    guard case .invalidConfiguration = error.kind else {
      Issue.record("unexpected kind \(error.kind)")
      return
    }
    #expect(!error.description.contains("secret"))
    #expect(!error.isRetryable)
  }

  @Test("has defaults and takes parameters")
  func parameters() throws {
    let plain = try BrokerConfiguration(url: "amqp://h")
    #expect(plain.heartbeat == .seconds(30))
    #expect(plain.connectTimeout == .seconds(10))
    #expect(plain.security == nil)
    let read = try BrokerConfiguration(
      url: "amqps://h/?heartbeat=5&connection_timeout=1500&frame_max=8192&cacertfile=%2Fa%20b&certfile=c&keyfile=k"
        + "&verify=verify_none")
    #expect(read.heartbeat == .seconds(5))
    #expect(read.connectTimeout == .milliseconds(1_500))
    #expect(read.maximumFrameSize == 8_192)
    #expect(
      read.security
        == .init(authoritiesFile: "/a b", certificateFile: "c", keyFile: "k", verifiesPeer: false))
  }

  @Test("never shows the password")
  func hidesPassword() throws {
    let read = try BrokerConfiguration(url: "amqp://me:hunter2@h/v")
    var dumped = ""
    dump(read, to: &dumped)
    for text in ["\(read)", String(reflecting: read), dumped, String(describing: Optional(read))] {
      #expect(!text.contains("hunter2"))
      #expect(text.contains("amqp://me@h:5672/v"))
    }
  }
}
