extension Configuration {
  /// Between the end of a request, at the latest, and the end of the lease: for the way to the database.
  private static let leaseMargin = 5

  mutating func readStripe(_ reader: inout EnvironmentReader) {
    stripeAPIBase = reader.address("STRIPE_API_BASE")
    stripeMeterEventsBase = reader.address("STRIPE_METER_EVENTS_BASE")
    stripeAPIVersion = reader.version("STRIPE_API_VERSION")
    stripeRequireSubscription = reader.flag("STRIPE_REQUIRE_SUBSCRIPTION") ?? stripeRequireSubscription
    stripeCreateCustomers = reader.flag("STRIPE_CREATE_CUSTOMERS") ?? stripeCreateCustomers
    stripeMeterStream = reader.flag("STRIPE_METER_STREAM") ?? stripeMeterStream
    stripeMeterRate = reader.number("STRIPE_METER_RATE", 1...100_000) ?? stripeMeterRate
    stripeMeterStreamRate = reader.number("STRIPE_METER_STREAM_RATE", 1...1_000_000) ?? stripeMeterStreamRate
    stripeEndpointRate = reader.number("STRIPE_ENDPOINT_RATE", 1...10_000) ?? stripeEndpointRate
    stripeRate = reader.number("STRIPE_RATE", 1...10_000) ?? stripeRate
    stripeConcurrency = reader.number("STRIPE_CONCURRENCY", 1...1000) ?? stripeConcurrency
    outboxHistoryMonths = reader.number("OUTBOX_HISTORY_MONTHS", 1...1200) ?? outboxHistoryMonths
    stripeRejectionInterval = .seconds(reader.number("STRIPE_REJECTIONS_SECONDS", 1...3600) ?? 60)
    let timeout = reader.number("STRIPE_TIMEOUT_SECONDS", 1...600) ?? 30
    stripeTimeout = .seconds(timeout)
    let lease = reader.number("OUTBOX_LEASE_SECONDS", 1...3600) ?? 60
    outboxLease = .seconds(lease)
    if lease <= timeout + Self.leaseMargin {
      reader.refuse(
        "OUTBOX_LEASE_SECONDS", "must exceed STRIPE_TIMEOUT_SECONDS by more than \(Self.leaseMargin) seconds")
    }
  }
}
