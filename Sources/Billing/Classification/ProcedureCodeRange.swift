/// Procedure codes from one to another, both in it, and what they are.
public struct ProcedureCodeRange: Hashable, Sendable {
  public let from: ProcedureCode
  public let to: ProcedureCode
  /// `nil` for codes that are left out on purpose: they are no diagnostic imaging, and decide nothing.
  public let imaging: ImagingClass?
  /// The kind of imaging, or why it is none, for people who check the table.
  public let why: String

  public init(from: ProcedureCode, to: ProcedureCode, imaging: ImagingClass?, why: String) {
    self.from = from
    self.to = to
    self.imaging = imaging
    self.why = why
  }
}
