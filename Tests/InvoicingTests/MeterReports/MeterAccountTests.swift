import Billing
import Testing

@testable import Invoicing

@Suite("What Stripe was told of a total")
struct MeterAccountTests {
  private static func rate(_ model: PriceModel, included: Int = 0, size: Int = 1) throws -> EffectiveRate {
    EffectiveRate(
      metric: try metricName("order"),
      pricing: EffectiveRate.Pricing(model: model, unitSize: Quantity(size), included: Quantity(included)),
      thresholds: nil, billing: .stripeMeter, itemize: false)
  }

  @Test("what an event cannot carry is carried by the next: no digit is lost, whatever the sign")
  func carry() throws {
    for sign in ["", "-"] {
      var account = MeterAccount(currency: try #require(Currency("usd")))
      let total = try quantity("\(sign)1234567890.123456789")
      let minute = try instant("2025-01-15T12:00:00Z")
      #expect(account.report(total: total, minute: minute) == (try quantity("\(sign)1234567890.12345")))
      #expect(account.untold(of: total) == (try quantity("\(sign)0.000006789")))
      #expect(account.report(total: total, minute: minute) == (try quantity("\(sign)0.000006789")))
      #expect(account.report(total: total, minute: minute) == nil)
      #expect(account.reported == total)
    }
  }

  @Test("a difference beyond 15 whole digits goes in several events")
  func huge() throws {
    var account = MeterAccount(currency: try #require(Currency("usd")))
    let total = try quantity("2000000000000000.5")
    let minute = try instant("2025-01-15T12:00:00Z")
    var events = 0
    while account.report(total: total, minute: minute) != nil { events += 1 }
    #expect(events == 3 && account.reported == total)
  }

  @Test("wherever quantities go, and in whichever order, meter and items together come to the price of the total")
  func sums() throws {
    let usd = try #require(Currency("usd"))
    let price = try #require(Price("0.333"))
    var random = SystemRandomNumberGenerator()
    for model in [PriceModel.perUnit(price), .package(price)] {
      for included in [0, 50] {
        let rate = try Self.rate(model, included: included, size: 7)
        for _ in 0..<200 {
          var account = MeterAccount(currency: usd)
          var items = Amount.zero(usd)
          var total = Quantity.zero
          var hasItem = false
          for _ in 0..<6 {
            total += Quantity(units: Int128(Int.random(in: -30_000_000_000...90_000_000_000, using: &random)))
            switch Int.random(in: 0..<3, using: &random) {
            case 0 where !hasItem: _ = account.report(total: total, minute: Instant(microseconds: 0))
            case 1:
              let part = Quantity(units: account.reported.units / 3)
              items = try items.adding(account.convert(part, at: rate))
              hasItem = true
            default:
              items = try items.adding(account.itemize(account.untold(of: total), at: rate))
              hasItem = true
            }
            guard hasItem else { continue }
            let told = try Pricing.cost(of: account.reported, at: rate, currency: usd).amount
            let whole = try Pricing.cost(of: account.reported + account.itemized, at: rate, currency: usd).amount
            #expect(try told.adding(items) == whole)
            #expect(items == account.itemizedAmount)
          }
        }
      }
    }
  }
}
