extension HTTPClient {
  /// How a client behaves; the same for all of its requests.
  public struct Configuration: Sendable {
    /// `User-Agent` of every request.
    public var userAgent: String
    /// For name look-up, TCP and TLS together.
    public var connectTimeout: Duration = .seconds(10)
    /// Bytes of an answer's body.
    public var maximumBodySize = 4 << 20
    /// Bytes of an answer's header fields together.
    public var maximumHeaderSize = 64 << 10
    /// Connections to one host; what does not fit waits, in the time of its request. With HTTP/2 one carries many.
    public var maximumConnectionsPerHost = 32
    /// A PEM file of the authorities to trust, in place of the system's.
    public var authoritiesFile: String?
    /// `http://host:port` of a proxy. The environment's proxies are never used.
    public var proxy: String?

    public init(userAgent: String) { self.userAgent = userAgent }
  }

  /// What is to be sent.
  public struct Request: Sendable {
    public var method: HTTPMethod
    /// `https://` or `http://`, without user and password.
    public var url: String
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// For everything, from submission to the last byte of the answer.
    public var timeout: Duration

    public init(
      _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
      timeout: Duration = .seconds(30)
    ) {
      self.method = method
      self.url = url
      self.headers = headers
      self.body = body
      self.timeout = timeout
    }
  }

  /// Names a submitted request; never used twice by a client.
  public struct ID: Hashable, Sendable {
    let number: UInt64
  }

  /// The end of a request.
  public struct Completion: Sendable {
    public let id: ID
    public let result: Result<HTTPResponse, HTTPError>
  }
}
