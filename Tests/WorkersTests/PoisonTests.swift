import PostgreSQL
import Synchronization
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// Messages that pass every rule and still cannot be worked off.
  @Suite("Poison")
  struct PoisonTests {
    /// Kills the worker each time the killer's id is on its way to the database, and starts another one.
    @Test(
      "a message that kills its worker every time ends in the dead-letter queue, alone, wherever it stands",
      arguments: [0, 1, 1_500, 3_000])
    func killer(at place: Int) throws {
      let limit = 6
      let scene = try Scene(deliveryLimit: limit)
      let proxy = try TCPProxy(to: Endpoint(ofURL: scene.database.url))
      let current = CurrentWorker()
      proxy.watch(for: "killer-4711") { current.kill() }
      let url = ["DATABASE_URL": proxy.endpoint.replacing(in: scene.database.url)]
      var messages = Usage.orders(3_000, "acme")
      messages.insert(Usage.recorded("killer-4711", "acme"), at: place)
      try scene.broker.publish(messages)
      try eventually("the killer is a dead letter") {
        if !current.isRunning { current.start(try scene.worker(url)) }
        return try scene.deadLetters() > 0
      }
      try scene.awaitCounted(3_000)
      try scene.finish(try #require(current.worker))
      // A death can count once for each lane: the broker gives what the first connection held to the second one before it
      // has noticed that this one is dead too.
      let lanes = 2
      #expect(current.deaths * lanes >= limit)
      let dead = try scene.broker.takeAll(from: scene.broker.deadLetterQueue)
      #expect(dead.count == 1)
      #expect(dead.first?.text.contains("killer-4711") == true)
      let death = dead.first?.properties.headers["x-death"]?.arrayValue?.first?.tableValue
      #expect(death?["reason"]?.stringValue == "delivery_limit")
      #expect(try scene.wrongTotals() == 0)
    }

    @Test("what the database refuses is split out, alone, and its neighbours count", arguments: [1, 3])
    func refused(culprits: Int) throws {
      let scene = try Scene(["LOG_LEVEL": "trace"])
      try scene.connection.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF NEW.usage_id LIKE 'culprit-%' THEN
            RAISE EXCEPTION 'refused: %', NEW.usage_id USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON billing.ledger FOR EACH ROW EXECUTE FUNCTION refuse();
        """)
      var messages = Usage.orders(2_000, "acme")
      for culprit in 0..<culprits {
        messages.insert(Usage.recorded("culprit-\(culprit)", "acme"), at: 600 * culprit + 99)
      }
      try scene.broker.publish(messages)
      let worker = try scene.worker()
      try scene.awaitCounted(2_000, deadLetters: culprits)
      try scene.finish(worker)
      let dead = try scene.broker.takeAll(from: scene.broker.deadLetterQueue)
      #expect(dead.count == culprits)
      #expect(dead.allSatisfy { $0.header("x-reason") == "database_refused" && $0.text.contains("culprit-") })
      #expect(dead.allSatisfy { $0.header("x-detail")?.hasPrefix("body: ") == true })
      #expect(!worker.standardError.contains("culprit"))
      #expect(try scene.wrongTotals() == 0)
    }

    @Test("a database that takes connections but no writes is asked ever less often, and loses nothing")
    func noWrites() throws {
      let scene = try Scene()
      // What a full disk or a lost right looks like: not the record's fault.
      try scene.connection.execute(
        """
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION 'no space' USING ERRCODE = '53100';
        END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON billing.ledger FOR EACH ROW EXECUTE FUNCTION full_disk();
        """)
      try scene.broker.publish(Usage.orders(100, "acme"))
      let worker = try scene.worker(["LANES": "1"])
      func attempts() -> Int { worker.standardError.split(separator: "the database cannot be written").count - 1 }
      try eventually("it has tried several times") { attempts() >= 5 }
      let began = ContinuousClock.now
      let tries = attempts()
      try eventually("it has tried once more") { attempts() > tries }
      #expect(began.duration(to: .now) > .milliseconds(50))
      #expect(try scene.deadLetters() == 0)
      try scene.connection.execute("DROP TRIGGER full_disk ON billing.ledger")
      try scene.awaitCounted(100)
      try scene.finish(worker)
    }

    @Test("what a killed worker had in hand is counted once, in small batches")
    func redelivered() throws {
      let scene = try Scene()
      try scene.broker.publish(Usage.orders(2_000, "acme"))
      // The first batch is the single message that a connection begins with, the second one all others.
      let victim = try scene.worker([
        "USAGE_BILLING_FAILPOINTS": "ledger.after_copy=kill@2", "LANES": "1", "BATCH_SIZE": "1999",
        "BATCH_DELAY_MS": "10000",
      ])
      #expect(try victim.waitForExit() == .signal(9))
      #expect(try scene.counted() == 1)
      let heir = try scene.worker(["LANES": "1"])
      try scene.awaitCounted(2_000)
      try scene.finish(heir)
      let transactions = try scene.number("SELECT count(DISTINCT recorded_at) FROM billing.usage_records")
      #expect(transactions >= 1_999 / Pace.redeliveredBatch)
      #expect(try scene.wrongTotals() == 0)
    }
  }
}

/// The worker that is there now, for a proxy's thread to kill.
private final class CurrentWorker: Sendable {
  private struct State {
    var worker: TestWorker?
    var wasKilled = false
    var deaths = 0
  }
  private let state = Mutex(State())

  func start(_ worker: TestWorker) {
    state.withLock {
      $0.worker = worker
      $0.wasKilled = false
    }
  }

  /// Both lanes of a worker may call; it dies once.
  func kill() {
    state.withLock { state in
      guard !state.wasKilled else { return }
      state.worker?.kill()
      state.wasKilled = true
      state.deaths += 1
    }
  }

  var isRunning: Bool { state.withLock { $0.worker?.isRunning ?? false } }
  var deaths: Int { state.withLock { $0.deaths } }
  var worker: TestWorker? { state.withLock { $0.worker } }
}
