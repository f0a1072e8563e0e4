import HTTP

/// A Stripe for demos and tests: in memory, one account, strict where Stripe is.
///
///     let simulator = try Simulator.start()
///     simulator.faults.add(FaultRule(.next(1), of: "POST /v1/customers", [Fault(.answerLost)]))
public final class Simulator: Sendable {
  let front: Front
  private let server: HTTPServer

  private init(_ front: Front, _ server: HTTPServer) {
    self.front = front
    self.server = server
  }

  /// - Parameters:
  ///   - address: `nil` for all of this machine.
  ///   - port: 0 for any free one.
  public static func start(
    address: String? = "127.0.0.1", port: UInt16 = 0, _ settings: SimulatorSettings = SimulatorSettings()
  ) throws -> Simulator {
    let front = try Front(settings)
    var limits = HTTPServer.Limits()
    // Slow and hanging answers keep connections for long.
    limits.maximumConnections = 4096
    limits.idleTimeout = .seconds(120)
    let server = try HTTPServer(address: address, port: port, limits: limits) { front.reply(to: $0) }
    return Simulator(front, server)
  }

  /// The port that is listened on.
  public var port: UInt16 { server.port }

  /// Answers that are not due yet are resets.
  public func stop() { server.stop(within: .zero) }

  /// Behaviour from now on.
  public var settings: SimulatorSettings {
    get { front.withWorld { $0.settings } }
    set { front.withWorld { $0.settings = newValue } }
  }
}
