import Billing
import PostgreSQL
import TestSupport
import Testing

@testable import Outbox

@Suite("Rate buckets", .enabled(if: TestDatabase.isAvailable))
struct RateBucketsTests {
  private func request(_ limits: RateLimit..., count: Int = 1000) throws -> TokenSchedule.Request {
    try #require(TokenSchedule(limits).request(count, at: .now))
  }

  @Test("two replicas are given different slots, evenly spaced, not far ahead, and none when those are gone")
  func shared() throws {
    let world = try World()
    let (one, other) = (RateBuckets(try world.session()), RateBuckets(try world.session()))
    let limit = RateLimit("meter_events", perSecond: 1000)
    let request = try request(limit, count: 20)
    let spacing = limit.spacing.microseconds
    // A little slower than the rate, for the jitter on the way.
    #expect((1001...1010).contains(spacing))
    var slots: [Int64] = []
    var isEmpty = false
    for round in 0..<100 where !isEmpty {
      let lease = try (round % 2 == 0 ? one : other).take(request)
      #expect(lease.spacing == limit.spacing)
      slots += (0..<Int64(lease.count)).map { lease.firstSlot.microseconds + $0 * spacing }
      #expect((slots.last ?? 0) <= lease.clock.microseconds + 51_000)
      isEmpty = lease.count == 0
      if isEmpty { #expect(lease.firstSlot.microseconds > lease.clock.microseconds + 50_000) }
    }
    #expect(isEmpty)
    #expect(slots.count >= 49)
    #expect(zip(slots, slots.dropFirst()).allSatisfy { $1 - $0 >= spacing })
  }

  @Test("a token of several buckets counts in each, at the slowest one's pace; others keep the rest")
  func joint() throws {
    let world = try World()
    let buckets = RateBuckets(try world.session())
    let (endpoint, all) = (RateLimit("invoiceitems", perSecond: 25), RateLimit("all", perSecond: 100))
    let first = try buckets.take(try request(endpoint, all))
    #expect(first.count == 1)
    #expect(first.spacing >= .milliseconds(40))
    let second = try buckets.take(try request(all, endpoint))
    #expect(second.count == 0)
    #expect(second.firstSlot.microseconds == first.firstSlot.microseconds + endpoint.spacing.microseconds)
    // The shared bucket was charged for one token only.
    let alone = try buckets.take(try request(all, count: 1))
    #expect(alone.firstSlot.microseconds < second.firstSlot.microseconds)
  }

  @Test("a bucket that a clock has set far ahead, before it was set back, does not stop everything")
  func clockSetBack() throws {
    let world = try World()
    let buckets = RateBuckets(try world.session())
    let request = try request(RateLimit("meter_events", perSecond: 1000))
    _ = try buckets.take(request)
    try world.eye.execute("UPDATE billing.rate_buckets SET next_slot = now() + interval '1 hour'")
    #expect(try buckets.take(request).count > 0)
  }
}
