/// Names that the product gives a meaning of its own, which a catalog may not take for something else.
public enum ReservedNames {
  /// The line of a plan's fee on invoices: neither a metric nor a charge kind.
  public static let baseFee = "base_fee"

  /// Metrics that only the product itself records; taking them in messages would let a publisher bill orders and
  /// patients past the rule that each counts once.
  public static let internalMetrics: Set<String> = Set(
    [MetricName.radiologyStandard, .radiologyAdvanced, .patientActivation].map(\.text))
}

extension MetricName {
  public static let radiologyStandard = MetricName(valid: "radiology_standard")
  public static let radiologyAdvanced = MetricName(valid: "radiology_advanced")
  public static let patientActivation = MetricName(valid: "patient_activation")
}
