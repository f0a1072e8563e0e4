import Billing
import Ledger
import Messages
import Operations
import PostgreSQL
import TestSupport
import YearReference

@testable import Workers

/// Brings messages through the decoders and handlers that lanes use, batch by batch.
struct Publisher {
  private let keyring: PseudonymKeyring
  private let codes: ProcedureCodeTable
  private let recent = RecentIDs()
  private static let age = 400

  init() throws {
    keyring = try PseudonymKeyring("1:\(String(repeating: "0123456789abcdef", count: 4))")
    codes = try ProcedureCodeDocument.decode(
      FileBytes.read("\(TestDatabase.schemasFolder)/procedure-codes.json", limit: 1 << 20))
  }

  /// - Returns: what was committed together, in the order of the commits.
  func publish(_ messages: [Message], isUsage: Bool, now: Moment, _ perils: Perils) throws -> [[Message]] {
    let now = now.instant
    if isUsage {
      let handler = { database in
        try UsageHandler(database: database, keyring: keyring, maximumAge: Self.age, recent: recent)
      }
      return try write(messages, handler, "usage", now: now, perils)
    }
    let handler = { database in
      try OrderHandler(database: database, keyring: keyring, maximumAge: Self.age, codes: codes)
    }
    return try write(messages, handler, "orders", now: now, perils)
  }

  private func write<Handler: MessageHandler>(
    _ messages: [Message], _ make: (DatabaseConfiguration) throws -> Handler, _ kind: String, now: Instant,
    _ perils: Perils
  ) throws -> [[Message]] {
    var portions: [[(message: Message, event: Handler.Event)]] = []
    let connected = { (database: DatabaseConfiguration) in
      let handler = try make(database)
      try handler.connect()
      return handler
    }
    try perils.run(kind, dying: 12, with: connected) { handler in
      try handler.refresh()
      if portions.isEmpty {
        var first: [(Message, Handler.Event)] = []
        var repeats: [(Message, Handler.Event)] = []
        for message in messages {
          let event = try handler.decode(message.body, now: now)
          if handler.isLikelyRepeat(event) { repeats.append((message, event)) } else { first.append((message, event)) }
        }
        portions = [first, repeats].filter { !$0.isEmpty }
      }
      for portion in portions {
        let written = try handler.write(portion.map(\.event)[...], now: now)
        guard written.refused.isEmpty else { throw TestFailure("refused: \(written.refused)") }
      }
    }
    return portions.map { $0.map(\.message) }
  }
}

extension Moment {
  var instant: Instant { Instant(microseconds: Int64(seconds) * 1_000_000) }
}

extension Day {
  var date: CivilDate { CivilDate(daysSinceEpoch: Int32(number)) }
}
