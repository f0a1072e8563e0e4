import Billing
import Operations
import Outbox
import StripeSimulator
import TestSupport
import Testing

@testable import Workers

extension EndToEnd {
  /// Nothing that a message says in words gets to Stripe or into a log, and the key for Stripe gets nowhere but there.
  @Suite("What leaves")
  struct PrivacyTests {
    /// Text that stands nowhere else.
    private static let planted = "Zzyzx-Qwertz"

    private static func messages(now: String) -> [String] {
      let rest = #""companyId":"acme","timestamp":"\#(now)""#
      return [
        // Every field where text can stand, good and bad.
        #"""
        {"usageId":"\#(planted)-id","metric":"order","quantity":3,"userId":"\#(planted)-user",
         "subjectId":"\#(planted)-subject","subscriptionId":"\#(planted)-subscription",
         "metadata":{"\#(planted)-key":"\#(planted)-value","list":["\#(planted)-element"]},
         "\#(planted)-unknown":"\#(planted)-field",\#(rest)}
        """#,
        #"{"usageId":"\#(planted)-other","metric":"order","quantity":4,\#(rest)}"#,
        #"{"usageId":"\#(planted)-metric","metric":"\#(planted)-metric","quantity":4,\#(rest)}"#,
        #"{"usageId":"\#(planted)-quantity","metric":"order","quantity":"\#(planted)",\#(rest)}"#,
        #"{"usageId":"\#(planted)-time","metric":"order","quantity":1,"companyId":"acme","timestamp":"\#(planted)"}"#,
        #"{"usageId":"x","metric":"order","quantity":1,"companyId":"\#(planted) !","timestamp":"\#(now)"}"#,
        "\(planted) is not JSON",
      ]
    }

    @Test("Text planted in every field of usage messages and voids is in no request, no log and no error")
    func words() throws {
      let scene = try Scene()
      let place = try StripePlace()
      // Both work on the database of the place.
      let environment = scene.environment().merging(place.environment().filter { $0.key != "AMQP_URL" }) { $1 }
      try place.run(
        "companies", "set", "acme", "--plan", "standard", "--stripe-mode", "live", "--stripe-customer",
        try place.customer())
      let now = Instant.current.description
      try scene.broker.publish(Self.messages(now: now))
      let all = try TestWorker(["all"], environment: environment)
      try eventually("the good ones are counted") {
        try place.number("SELECT count(*) FROM billing.usage_records") == 2
      }
      try eventually("the bad ones are dead letters") { try scene.deadLetters() == 5 }
      let void =
        #"{"usageId":"\#(Self.planted)-other","companyId":"acme","timestamp":"\#(now)","#
        + #""reason":"\#(Self.planted)-reason"}"#
      try scene.broker.publish([Array(void.utf8)], routingKey: "usage.voided")
      try eventually("one is taken back") {
        try place.number("SELECT count(*) FROM billing.usage_records WHERE kind = 'v'") == 1
      }
      // Refused answers and lost ones are logged as well.
      place.simulator.faults.add(
        FaultRule(.next(4), [Fault(.unauthorized), Fault(.answerLost), Fault(.serverError), Fault(.malformed)]))
      try place.owe("acme", place.item(), place.invoice())
      try place.run("billing-run")
      try eventually("all is settled") {
        try place.connection.execute("UPDATE billing.outbox_keys SET due_at = now() WHERE state = 'd'")
        return try place.waiting("q", "u", "x", "e") == 0
      }
      // The scheduler may have told of both records before one was taken back.
      #expect(place.simulator.effects.meterEvents.reduce(0) { $0 + (Int($1.value) ?? 0) } == 3)
      try all.stop()
      for request in place.simulator.effects.requests {
        let text =
          request.path + String(decoding: request.parameters, as: UTF8.self) + (request.idempotencyKey ?? "")
          + request.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        for word in ["Zzyzx", "Qwertz", "zzyzx"] { #expect(!text.contains(word)) }
      }
      #expect(place.simulator.effects.requests.count > 5)
      for text in [all.standardError, all.standardOutput] {
        for word in ["Zzyzx", "Qwertz", StripePlace.key] { #expect(!text.contains(word)) }
      }
      // The planted text was there to be found.
      #expect(try place.number("SELECT count(*) FROM billing.usage_records WHERE usage_id LIKE 'Zzyzx%'") > 0)
    }

    @Test("No command and no mistaken configuration shows the key")
    func commands() throws {
      let place = try StripePlace()
      let broken = "sk_test_secret\u{7f}secret"
      for (arguments, key) in [
        (["outbox-worker"], broken), (["stripe", "setup"], broken), (["doctor"], StripePlace.key),
        (["stripe", "subscribe", "nobody"], StripePlace.key), (["stripe", "setup"], StripePlace.key),
      ] {
        let command = try TestWorker(arguments, environment: place.environment(["STRIPE_SECRET_KEY": key]))
        _ = try command.waitForExit()
        for text in [command.standardError, command.standardOutput] {
          #expect(!text.contains(StripePlace.key) && !text.contains("secret"))
        }
      }
    }
  }
}
