import Billing
import TestBasics
import Testing

@testable import Outbox

@Suite("Token schedules")
struct TokenScheduleTests {
  /// The bucket in the database, as `billing.take_slots` keeps it.
  struct Bucket {
    var next: Int64 = .min

    mutating func take(_ request: TokenSchedule.Request, at clock: Int64) -> (first: Int64, spacing: Int64, count: Int)
    {
      let spacing = request.limits.map(\.spacing.microseconds).max() ?? 1
      let first = max(next, clock)
      let horizon = request.horizon.microseconds
      guard first <= clock + horizon else { return (first, spacing, 0) }
      let count = min(request.count, 1 + Int((clock + horizon - first) / spacing))
      next = first + Int64(count) * spacing
      return (first, spacing, count)
    }
  }

  /// A replica with a clock of its own, in microseconds of the simulation.
  struct Replica {
    var schedule: TokenSchedule
    /// Its clock is ahead by so much.
    let offset: Int64
    /// It does nothing before.
    var busyUntil: Int64 = 0
    /// A lease under way: sent, and to be taken up when the replica gets the answer.
    var answer: TokenLease?
  }

  /// Runs replicas with more work than they may send, and answers when they sent, in microseconds.
  private static func run(
    rate: Int, replicas: Int, seconds: Int, stalls: Bool, random: inout SeededGenerator
  ) -> [Int64] {
    var bucket = Bucket()
    let limit = RateLimit("test", perSecond: rate)
    var fleet = (0..<replicas).map { _ in
      Replica(schedule: TokenSchedule([limit]), offset: Int64.random(in: -5_000_000...5_000_000, using: &random))
    }
    let zero = ContinuousClock.now
    var sent: [Int64] = []
    for now in stride(from: Int64(0), to: Int64(seconds) * 1_000_000, by: 500) {
      for index in fleet.indices where fleet[index].busyUntil <= now {
        let offset = fleet[index].offset
        func local(_ time: Int64) -> ContinuousClock.Instant { zero + .microseconds(time + offset) }
        if let answer = fleet[index].answer {
          fleet[index].schedule.add(
            TokenLease(
              clock: answer.clock, askedAt: answer.askedAt, answeredAt: local(now), firstSlot: answer.firstSlot,
              spacing: answer.spacing, count: answer.count))
          fleet[index].answer = nil
        }
        while fleet[index].schedule.ask(at: local(now)) == .send { sent.append(now) }
        if let request = fleet[index].schedule.request(1000, at: local(now)) {
          // The way there, and the way back.
          let there = now + Int64.random(in: 100...600, using: &random)
          let lease = bucket.take(request, at: there)
          fleet[index].answer = TokenLease(
            clock: Instant(microseconds: there), askedAt: local(now), answeredAt: local(there),
            firstSlot: Instant(microseconds: lease.first), spacing: .microseconds(lease.spacing), count: lease.count)
          fleet[index].busyUntil = there + Int64.random(in: 100...600, using: &random)
        }
        if stalls, Int.random(in: 0..<400, using: &random) == 0 {
          fleet[index].busyUntil = max(fleet[index].busyUntil, now) + Int64.random(in: 1000...200_000, using: &random)
        }
      }
    }
    return sent
  }

  /// The most in any second, wherever it begins.
  private static func mostInASecond(_ sent: [Int64]) -> Int {
    var (most, start) = (0, 0)
    for end in sent.indices {
      while sent[end] - sent[start] >= 1_000_000 { start += 1 }
      most = max(most, end - start + 1)
    }
    return most
  }

  @Test(
    "in no second is more sent than the rate and 2 %, by one to five replicas that stall",
    arguments: [10, 25, 100, 1000], [1, 3, 5])
  func neverFaster(_ rate: Int, _ replicas: Int) {
    for seed in 1...2 {
      var random = SeededGenerator(seed: UInt64(seed * 7919 + rate * 31 + replicas))
      for stalls in [true, false] {
        let sent = Self.run(rate: rate, replicas: replicas, seconds: 4, stalls: stalls, random: &random)
        #expect(Self.mostInASecond(sent) * 100 <= rate * 102)
        #expect(sent.count > rate)
      }
    }
  }

  @Test("with work to do and no stalls, the rate is met within 3 %", arguments: [25, 100, 1000], [1, 3, 5])
  func fastEnough(_ rate: Int, _ replicas: Int) {
    var random = SeededGenerator(seed: UInt64(rate + replicas))
    let sent = Self.run(rate: rate, replicas: replicas, seconds: 11, stalls: false, random: &random)
    // The first second is for finding out what the database's clock shows.
    let count = sent.filter { $0 >= 1_000_000 }.count
    #expect(Double(count) >= Double(rate * 10) * 0.97)
    #expect(Double(count) <= Double(rate * 10) * 1.03)
  }

  @Test("a token is used once, not before its slot, and not when it is stale")
  func tokens() {
    var schedule = TokenSchedule([RateLimit("test", perSecond: 100)])
    let now = ContinuousClock.now
    #expect(schedule.ask(at: now) == .lease)
    let request = schedule.request(9, at: now)
    #expect(request?.count == 9)
    let lease = TokenLease(
      clock: Instant(microseconds: 1000), askedAt: now, answeredAt: now, firstSlot: Instant(microseconds: 11_000),
      spacing: .milliseconds(10), count: 3)
    schedule.add(lease)
    #expect(schedule.ask(at: now) == .wait(until: now + .milliseconds(10)))
    #expect(schedule.ask(at: now + .milliseconds(10)) == .send)
    #expect(schedule.ask(at: now + .milliseconds(11)) == .wait(until: now + .milliseconds(20)))
    #expect(schedule.ask(at: now + .milliseconds(36)) == .send)
    #expect(schedule.ask(at: now + .milliseconds(36)) == .lease)
  }

  @Test("buckets that are empty are not asked again before they have something")
  func empty() {
    var schedule = TokenSchedule([RateLimit("test", perSecond: 100)])
    let now = ContinuousClock.now
    schedule.add(
      TokenLease(
        clock: Instant(microseconds: 0), askedAt: now, answeredAt: now, firstSlot: Instant(microseconds: 80_000),
        spacing: .milliseconds(10), count: 0))
    #expect(schedule.request(9, at: now) == nil)
    #expect(schedule.ask(at: now) == .wait(until: now + .milliseconds(30)))
    #expect(schedule.request(9, at: now + .milliseconds(30)) != nil)
  }

  @Test("what the clock shows is taken from the quickest exchange, not from one that met a stall")
  func clock() {
    var link = ClockLink()
    let now = ContinuousClock.now
    func exchange(_ asked: Duration, _ answered: Duration, _ clock: Int64) -> TokenLease {
      TokenLease(
        clock: Instant(microseconds: clock), askedAt: now + asked, answeredAt: now + answered,
        firstSlot: Instant(microseconds: 0), spacing: .zero, count: 0)
    }
    #expect(link.local(Instant(microseconds: 0)) == nil)
    link.note(exchange(.zero, .milliseconds(200), 1000))
    link.note(exchange(.milliseconds(300), .milliseconds(302), 301_000))
    link.note(exchange(.milliseconds(400), .milliseconds(500), 401_000))
    #expect(link.local(Instant(microseconds: 301_000)) == now + .milliseconds(301))
    // Ten seconds later that is forgotten: clocks drift.
    link.note(exchange(.milliseconds(10_900), .milliseconds(11_000), 10_950_000))
    #expect(link.local(Instant(microseconds: 10_950_000)) == now + .milliseconds(10_950))
  }
}
