extension Rate {
  /// What prices a period under this version and a company's own terms.
  public func pricing(with own: RateOverride? = nil) -> EffectiveRate.Pricing {
    EffectiveRate.Pricing(
      model: model.priced(at: own?.unitPrice), unitSize: unitSize, included: own?.included ?? included)
  }
}
