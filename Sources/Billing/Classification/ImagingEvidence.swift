/// What one message tells of the class of an order's imaging. The message's own words are not kept.
public struct ImagingEvidence: Hashable, Sendable {
  /// By its procedure code; `nil` where it names none that the table knows.
  public let byCode: ImagingClass?
  /// By its modality; `nil` where it names none that is known.
  public let byModality: ImagingClass?

  public init(byCode: ImagingClass? = nil, byModality: ImagingClass? = nil) {
    self.byCode = byCode
    self.byModality = byModality
  }

  /// A code decides where it is known, else the modality; `nil` where nothing does, which is billed as standard and
  /// counted as unclassified.
  public var imaging: ImagingClass? { byCode ?? byModality }
}
