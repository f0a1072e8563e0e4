/// What an imaging order is billed as.
public enum ImagingClass: String, Hashable, Sendable, CaseIterable {
  /// X-ray, ultrasound, mammography, fluoroscopy, bone density.
  case standard
  /// CT, MR, PET, nuclear medicine.
  case advanced

  /// The metric under which an order of this class is recorded.
  public var metric: MetricName {
    switch self {
    case .standard: .radiologyStandard
    case .advanced: .radiologyAdvanced
    }
  }
}

extension ImagingClass: Comparable {
  public static func < (left: ImagingClass, right: ImagingClass) -> Bool { left == .standard && right == .advanced }
}
