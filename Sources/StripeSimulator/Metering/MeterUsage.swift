/// Every meter event that arrived, in order, and what they come to for each meter and customer.
struct MeterUsage: Sendable {
  enum Source: String, Sendable {
    case v1, v2
  }

  /// One that arrived.
  struct Arrival: Sendable {
    let identifier: String
    let eventName: String
    /// As the payload names it; `nil` where it does not.
    let customer: String?
    /// Seconds since 1970.
    let timestamp: Int
    let source: Source
    /// Simulated time, microseconds.
    let at: Int64
    /// Which series it counts in; `nil` where it does not count.
    let series: Int?
    let value: Decimal
    /// Why it does not count.
    let error: MeterError.Code?
    var isCancelled = false
  }

  /// A meter and a customer.
  private struct SeriesKey: Hashable, Sendable {
    let meter: String
    let customer: String
  }

  private struct Series: Sendable {
    let key: SeriesKey
    /// What the summaries show.
    var shown = UsageSeries()
    /// All that arrived and was not cancelled.
    var count = 0
    var sum = Decimal.zero
  }

  /// Why the events of the call in hand do not count, whatever they are; `nil`: they are judged.
  var rejection: MeterError.Code?
  /// In the order of their arrival.
  private(set) var arrivals: [Arrival] = []
  /// Events of the stream whose identifier was known already.
  private(set) var dropped = 0
  /// Events that were taken although their identifier had been there, long before.
  private(set) var repeated = 0
  private var byIdentifier: [String: Int] = [:]
  private var seriesByKey: [SeriesKey: Int] = [:]
  private var series: [Series] = []
  /// Where in `arrivals` what the summaries do not show yet begins.
  private var shown = 0

  /// The newest of an identifier.
  subscript(_ identifier: String) -> Arrival? { byIdentifier[identifier].map { arrivals[$0] } }

  func isKnown(_ identifier: String, _ world: World) -> Bool {
    guard let place = byIdentifier[identifier] else { return false }
    return arrivals[place].at > world.clock.now - world.settings.identifierLifetime.wholeMicroseconds
  }

  /// Takes an event whose identifier is not known. What is wrong with it is reported later.
  mutating func take(_ event: MeterEvent, from source: Source, _ world: World) {
    let now = world.clock.now
    let meter = world.meter(for: event.eventName)
    let customer = event.payload(meter?.customerKey ?? "stripe_customer_id")
    let (counted, error) = judge(event, meter, customer, world)
    if let error { world.meterErrors.add(error, event, meter, now: now) }
    if byIdentifier.updateValue(arrivals.count, forKey: event.identifier) != nil { repeated += 1 }
    arrivals.append(
      Arrival(
        // Names and ids that are there already, so that millions of events share them.
        identifier: event.identifier, eventName: meter?.eventName ?? event.eventName,
        customer: counted.map { series[$0.series].key.customer } ?? customer, timestamp: event.timestamp,
        source: source,
        at: now, series: counted?.series, value: counted?.value ?? .zero, error: error))
    if let counted {
      series[counted.series].count += 1
      series[counted.series].sum += counted.value
    }
    if world.settings.summaryLag == .zero { show(upTo: now) }
  }

  /// The stream drops what it knows, in silence.
  mutating func takeFromStream(_ event: MeterEvent, _ world: World) {
    if isKnown(event.identifier, world) { dropped += 1 } else { take(event, from: .v2, world) }
  }

  private mutating func judge(
    _ event: MeterEvent, _ meter: Meter?, _ customer: String?, _ world: World
  ) -> (counted: (series: Int, value: Decimal)?, error: MeterError.Code?) {
    guard let meter else { return (nil, .noMeter) }
    if let rejection { return (nil, rejection) }
    guard meter.isActive else { return (nil, .archivedMeter) }
    guard let customer, !customer.isEmpty else { return (nil, .noCustomerDefined) }
    guard world.customers[customer] != nil else { return (nil, .customerNotFound) }
    let now = world.clock.seconds
    guard event.timestamp >= now - MeterEvent.farthestPast else { return (nil, .tooFarInPast) }
    guard event.timestamp <= now + MeterEvent.farthestFuture else { return (nil, .inFuture) }
    // A meter that counts needs no value.
    let text = event.payload(meter.valueKey) ?? (meter.formula == .count ? "1" : "")
    let digits = text.utf8.drop { !(UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }.filter {
      $0 != UInt8(ascii: ".")
    }
    guard digits.count <= 15 else { return (nil, .tooManyDigits) }
    guard let value = Decimal(text) else { return (nil, .invalidValue) }
    return ((place(of: SeriesKey(meter: meter.id, customer: customer)), value), nil)
  }

  private mutating func place(of key: SeriesKey) -> Int {
    if let place = seriesByKey[key] { return place }
    seriesByKey[key] = series.count
    series.append(Series(key: key))
    return series.count - 1
  }

  // MARK: Showing

  /// Lets the summaries show what arrived long enough ago.
  mutating func show(upTo time: Int64) {
    while shown < arrivals.count, arrivals[shown].at <= time {
      let arrival = arrivals[shown]
      if let place = arrival.series, !arrival.isCancelled {
        series[place].shown.add(arrival.value, at: arrival.timestamp)
      }
      shown += 1
    }
  }

  /// What the summaries show.
  func summary(of meter: Meter, customer: String) -> UsageSeries {
    seriesByKey[SeriesKey(meter: meter.id, customer: customer)].map { series[$0].shown } ?? UsageSeries()
  }

  /// What has arrived so far, whether the summaries show it or not: what an invoice bills.
  ///
  /// - Parameters:
  ///   - start: seconds since 1970.
  ///   - end: seconds since 1970; not included.
  func total(of meter: Meter, customer: String, from start: Int, to end: Int) -> Decimal {
    guard let place = seriesByKey[SeriesKey(meter: meter.id, customer: customer)] else { return .zero }
    var usage = series[place].shown
    for arrival in arrivals[shown...] where arrival.series == place && !arrival.isCancelled {
      usage.add(arrival.value, at: arrival.timestamp)
    }
    return usage.total(meter.formula, from: start, to: end)
  }

  // MARK: Cancelling

  mutating func cancel(_ identifier: String, _ eventName: String, _ world: World) throws(StripeFailure) {
    guard let place = byIdentifier[identifier], arrivals[place].eventName == eventName else {
      throw .noSuch("meter event", identifier, param: "cancel[identifier]")
    }
    let arrival = arrivals[place]
    guard arrival.at > world.clock.now - 86_400_000_000 else {
      throw .refused(
        "You can only cancel events within 24 hours of Stripe receiving them.", param: "cancel[identifier]")
    }
    guard !arrival.isCancelled else {
      throw .refused("The event with identifier \(identifier) was cancelled already.", param: "cancel[identifier]")
    }
    arrivals[place].isCancelled = true
    guard let index = arrival.series else { return }
    series[index].count -= 1
    series[index].sum = series[index].sum - arrival.value
    guard place < shown else { return }
    series[index].shown.remove(minuteOf: arrival.timestamp)
    // What is left of the minute is added anew: the last of it may be another now.
    let minute = UsageSeries.minute(arrival.timestamp)
    for other in arrivals[..<shown]
    where other.series == index && !other.isCancelled && UsageSeries.minute(other.timestamp) == minute {
      series[index].shown.add(other.value, at: other.timestamp)
    }
  }

  // MARK: For tests

  /// Events that count, by meter and customer.
  var totals: [(meter: String, customer: String, count: Int, sum: Decimal)] {
    series.map { ($0.key.meter, $0.key.customer, $0.count, $0.sum) }
  }
}
