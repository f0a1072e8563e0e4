/// Which calls a fault befalls.
public struct FaultRule: Sendable {
  public enum Extent: Sendable, Equatable {
    /// So many calls.
    case next(Int)
    /// So many of a million calls, chosen by a seed.
    case share(millionths: Int, seed: UInt64)
  }

  /// `POST /v1/invoiceitems`; `nil` for all.
  public var endpoint: String?
  /// Calls that are let through before.
  public var skip = 0
  public var extent: Extent
  /// One of them, chosen by the seed; in turn where it is the next calls.
  public var faults: [Fault]

  public init(_ extent: Extent, of endpoint: String? = nil, _ faults: [Fault]) {
    self.extent = extent
    self.endpoint = endpoint
    self.faults = faults
  }
}
