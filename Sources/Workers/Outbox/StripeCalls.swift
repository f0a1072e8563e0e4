import Billing
import Operations
import Outbox
import Stripe

/// Calls of Stripe one by one, at the rate that all replicas share. It belongs to one thread.
final class StripeCalls {
  private let client: StripeClient
  private var tokens: SendTokens
  private let pulse: Health.Pulse
  private let stop: StopSignal
  private let bell: Doorbell

  init(
    _ setting: OutboxWorker.Setting, log: Log, pulse: Health.Pulse, stop: StopSignal, bell: Doorbell
  ) throws(StripeTransportFailure) {
    client = try StripeClient(setting.stripe, release: setting.release, maximumConnections: 1)
    tokens = SendTokens(setting.database, setting.rates, log: log)
    self.pulse = pulse
    self.stop = stop
    self.bell = bell
  }

  var subscriber: StripeSubscriber { StripeSubscriber(caller) }

  /// What of the catalog is at Stripe, made where it is missing.
  func setup(_ catalog: StripeCatalog) throws(StripeSetupError) -> StripeSetup.Report {
    try StripeSetup(caller).run(catalog)
  }

  private var caller: StripeCaller {
    StripeCaller(sleep: { self.bell.wait(atMost: $0) }) { self.perform($0) }
  }

  /// One request, when the rates allow it.
  func perform(_ request: StripeRequest) -> Result<StripeAnswer, StripeTransportFailure> {
    guard tokens.waitAndTake(request.endpoint, stop: stop, bell: bell) else {
      return .failure(StripeTransportFailure(.unavailable, mayHaveBeenSent: false))
    }
    pulse.beat()
    return client.perform(request)
  }
}
