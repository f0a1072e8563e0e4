import Operations
import Workers

/// Runs roles in this process: one HTTP port, one log, one stop with one deadline.
struct RoleProcess {
  private static let look = Duration.milliseconds(50)
  private static let reportInterval = Duration.seconds(60)

  let wiring: Wiring
  let roles: [any Role]

  /// Returns when a signal asks to stop, or a role is done; then all were stopped.
  ///
  /// - Parameter atEnd: given the stopped roles.
  func run(atEnd: ([any RunningRole]) -> Void = { _ in }) throws -> ExitStatus {
    // Before any thread is made, so that all of them leave these signals to this one.
    let signals = StopSignals()
    // Before the roles: a port that cannot be had is told before anything is done.
    let monitor = try monitor()
    let metrics = monitor?.metrics ?? Metrics()
    let health = monitor?.health ?? Health()
    var running: [any RunningRole] = []
    do {
      for role in roles { running.append(try role.start(log: wiring.log, metrics: metrics, health: health)) }
    } catch {
      _ = stop(running)
      throw error
    }
    wait(for: running, signals)
    let isClean = stop(running)
    monitor?.stop()
    for role in running { role.report(to: wiring.log, isLast: true) }
    atEnd(running)
    return isClean ? .success : .failure
  }

  /// Nothing is served without `HTTP_PORT`.
  private func monitor() throws -> WorkerMonitor? {
    guard let port = wiring.configuration.httpPort else { return nil }
    return try WorkerMonitor(
      version: Release.version, database: try wiring.databaseConfiguration(), parts: roles.compactMap(\.part),
      port: UInt16(port))
  }

  private func wait(for running: [any RunningRole], _ signals: StopSignals) {
    var nextReport = ContinuousClock.now + Self.reportInterval
    while !signals.wait(atMost: Self.look), !running.contains(where: \.isDone) {
      guard .now >= nextReport else { continue }
      nextReport = .now + Self.reportInterval
      for role in running { role.report(to: wiring.log, isLast: false) }
    }
  }

  /// All at once: none waits for another's work, and together they have one deadline.
  private func stop(_ running: [any RunningRole]) -> Bool {
    let deadline = wiring.configuration.shutdownDeadline
    let late = Counter()
    let threads = running.map { role in
      // Without a thread for it, it is stopped here, before the others are waited for.
      let stop: @Sendable () -> Void = { if !role.stop(within: deadline) { late.add(1) } }
      guard let thread = try? WorkerThread(stop) else {
        stop()
        return nil as WorkerThread?
      }
      return thread
    }
    let patience = Doorbell()
    while !threads.allSatisfy({ $0?.isFinished ?? true }) { patience.wait(atMost: .milliseconds(2)) }
    return late.current == 0
  }
}
