extension Currency {
  /// How many decimals Stripe's minor unit has. It is ISO 4217's, but for three: Stripe counts isk and ugx in
  /// hundredths that must be 0, and mga without decimals (source: Stripe's page on currencies).
  public var stripeMinorDigits: Int {
    switch code {
    case "isk", "ugx": 2
    case "mga": 0
    default: minorDigits
    }
  }
}
