import AMQP
import Billing
import HTTP
import StripeSimulator
import TestSupport
import Testing

extension EndToEnd {
  /// Messages full of people's data go through both queues; then everything that left is searched for them.
  @Suite("Planted patient data")
  struct WhatLeavesTests {
    private static let search = PlantedSearch(PlantedPerson.all.flatMap(\.tokens))
    private static let companies = ["north-clinic", "south-clinic"]

    private func expectNothing(_ places: [(place: String, text: String)], in what: String) {
      #expect(!places.isEmpty, "there is nothing to search in: \(what)")
      for (place, text) in places {
        let found = Self.search.tokens(in: text)
        #expect(found == [], "\(what): \(place)")
      }
    }

    private func register(_ place: PrivacyPlace) throws {
      for company in Self.companies {
        try TestWorker.run(
          [
            "companies", "set", company, "--plan", "standard", "--stripe-mode", "live", "--stripe-customer",
            try place.stripe.customer(), "--rate", "order:threshold=20", "--rate", "radiology_advanced:threshold=10",
            "--rate", "patient_activation:threshold=10",
          ], environment: place.environment())
      }
    }

    private func publish(_ usage: [PlantedMessage], _ orders: [PlantedMessage], _ place: PrivacyPlace) throws {
      var random = SystemRandomNumberGenerator()
      // A name as the last word of the routing key, too.
      try place.broker.publish(usage.shuffled(using: &random).map(\.outgoing), routingKey: "usage.Zebulith")
      try place.broker.publish(orders.shuffled(using: &random).map(\.outgoing), routingKey: "order.Quorvexel")
    }

    /// The reasons of a queue's dead letters, their bodies as they were, and nothing of them in headers and properties; but
    /// for those of the broker, which moves a message as it is.
    private func expectDead(_ letters: [TestBroker.Letter], _ messages: [PlantedMessage]) {
      let ours = letters.filter { $0.properties.headers["x-death"] == nil }
      #expect(letters.count - ours.count == messages.count { $0.isBrokers })
      let meant = messages.filter { $0.reason != nil }
      #expect(ours.compactMap { $0.header("x-reason") }.sorted() == meant.compactMap(\.reason).sorted())
      #expect(Set(ours.map(\.body)) == Set(meant.map(\.body)))
      for letter in ours {
        #expect(Self.search.tokens(in: "\(letter.properties)") == [], "\(letter.header("x-reason") ?? "none")")
      }
    }

    @Test("of 900 messages with names, birth dates, numbers and addresses in every field, no word leaves")
    func everything() throws {
      let place = try PrivacyPlace()
      try register(place)
      try place.start()
      let now = Usage.now
      let usage = PlantedPerson.all.enumerated().flatMap { $1.usageMessages(Self.companies[$0 % 2], now: now) }
      let orders = PlantedPerson.all.enumerated().flatMap { $1.orderMessages(Self.companies[$0 % 2], now: now) }
      #expect(usage.count + orders.count >= 900)
      try place.broker.publish([Usage.recorded("first", "north-clinic", at: now)])
      try eventually("the month's partition is there") { try place.settled("usage") == 1 }
      // What the database says of a row that it refuses quotes the row.
      try place.stripe.connection.execute(
        "ALTER TABLE billing.ledger ADD CONSTRAINT planted CHECK (usage_id NOT LIKE 'refused %')")
      try publish(usage, orders, place)
      try eventually("all are settled", within: 120) {
        try place.settled("usage") == usage.count + 1 && place.settled("orders") == orders.count
      }

      // Stripe is told, and answers with errors that are logged.
      place.stripe.simulator.faults.add(
        FaultRule(.next(4), [Fault(.unauthorized), Fault(.answerLost), Fault(.serverError), Fault(.malformed)]))
      for company in Self.companies { try place.stripe.owe(company, place.stripe.item(), place.stripe.invoice()) }
      try place.command("billing-run", "--json")
      try eventually("Stripe is told", within: 120) {
        try place.stripe.connection.execute("UPDATE billing.outbox_keys SET due_at = now() WHERE state = 'd'")
        return try place.stripe.waiting("q", "u", "x", "e") == 0
      }
      try eventually("threshold messages are out") {
        try place.stripe.number("SELECT count(*) FROM billing.event_outbox") == 0
      }
      try commands(place)
      try place.stop()

      let alerts = try place.broker.takeAll(from: place.subscriber)
      // Two levels each of orders, advanced imaging and patients, of the registered alone.
      #expect(alerts.count == 12)
      #expect(Set(try alerts.map { try Alert($0).company }) == Set(Self.companies))
      expectNothing(place.said, in: "what processes say")
      expectNothing(place.requests(), in: "requests")
      expectNothing(alerts.map { ("a threshold message", "\($0.text)\n\($0.properties)") }, in: "subscribers")
      expectNothing(try place.tables().map { ("table \($0.table)", $0.text) }, in: "the database")
      expectDead(try place.broker.takeAll(from: place.broker.deadLetterQueue), usage)
      expectDead(try place.broker.takeAll(from: "\(place.broker.otherQueue).dead-letter"), orders)
      try expectStrangersInside(place)
      try expectFoundWhereTheyAre(place)
    }

    /// What operators see without asking for more than the form of a message.
    private func commands(_ place: PrivacyPlace) throws {
      try place.command("dead-letters", "list", "--limit", "2000")
      try place.command("dead-letters", "list", "--json", "--limit", "2000")
      for number in 1...20 { try place.command("dead-letters", "show", "\(number)") }
      let listed = place.said.first { $0.place == "dead-letters list, output" }?.text ?? ""
      #expect(listed.contains("rejected") && listed.contains("quantity: must be below 10^15"))
      try place.command("dead-letters", "show", "3", "--queue", place.broker.otherQueue, "--json")
      for company in Self.companies {
        try place.command("usage", company, "--json")
        try place.command("orders", company, "--from", "2020-01-01", "--to", "2099-01-01")
      }
      try place.command("outbox", "list", "--json")
      try place.command("verify")
      try place.command("doctor")
      try place.command("audit", "list", "--json")
      // By its form alone nobody can tell a name from a company's.
      for id in PlantedPerson.all.flatMap(\.identifiers) where !id.hasPrefix("planted") {
        #expect(throws: TestFailure.self, "\(id) is no company's id") {
          try TestWorker.run(["companies", "set", id, "--plan", "standard"], environment: place.environment())
        }
      }
    }

    /// The id of a company that nobody has registered is in the tables that count, and in none from which anything is sent.
    private func expectStrangersInside(_ place: PrivacyPlace) throws {
      let strangers = try place.stripe.number("SELECT count(*) FROM billing.companies WHERE registered_at IS NULL")
      #expect(strangers == Set(PlantedPerson.all.flatMap(\.identifiers)).count)
      for table in [
        "alerts", "event_outbox", "outbox_entries", "outbox_keys", "outbox_history", "meter_reports", "audit_log",
      ] {
        let rows = try place.stripe.connection.executeReturningLast(
          """
          SELECT count(*) FROM billing.\(table) JOIN billing.companies c USING (company_id) WHERE c.registered_at IS NULL
          """)
        #expect(try rows.one().decode(Int64.self, at: 0) == 0, "\(table)")
      }
    }

    /// The search is worth nothing unless it finds them in what it left out.
    private func expectFoundWhereTheyAre(_ place: PrivacyPlace) throws {
      func inside(_ column: String) throws -> Set<String> {
        let rows = try place.stripe.connection.executeReturningLast(
          "SELECT string_agg(\(column), E'\\n') FROM billing.usage_records")
        return Set(Self.search.tokens(in: try rows.one().decode(String.self, at: 0)))
      }
      let (ids, metadata, companies) = (try inside("usage_id"), try inside("metadata"), try inside("company_id"))
      for person in PlantedPerson.all {
        for text in person.texts.map({ $0.lowercased() }) {
          #expect(ids.contains(text) && metadata.contains(text), "\(text) was not there to be found")
        }
        for id in person.identifiers { #expect(companies.contains(id.lowercased())) }
      }
      // A table that keeps what it should not is found, whatever the column's type.
      try place.stripe.connection.execute(
        """
        CREATE TABLE billing.leak AS SELECT company_id, convert_to(substr(usage_id, 1, 100), 'UTF8') AS bytes
        FROM billing.usage_records WHERE metric = 'order' AND kind = 'u' AND company_id = 'north-clinic'
        """)
      let leak = try #require(try place.tables().first { $0.table == "leak" })
      #expect(Self.search.tokens(in: leak.text).count > 30)
    }
  }
}
