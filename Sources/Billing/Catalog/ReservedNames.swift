/// Names that the product gives a meaning of its own, which a catalog may not take for something else.
public enum ReservedNames {
  /// The line of a plan's fee on invoices: neither a metric nor a charge kind.
  public static let baseFee = "base_fee"

  /// Metrics that only the product itself records; taking them in messages would let a publisher bill orders and
  /// patients past the rule that each counts once.
  public static let internalMetrics: Set<String> = ["radiology_standard", "radiology_advanced", "patient_activation"]
}
