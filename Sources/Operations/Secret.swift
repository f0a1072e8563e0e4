/// A text that must never be shown: a password, a key, a URL that may hold either.
///
/// Printing, interpolating, dumping and reflecting show a placeholder; only ``reveal()`` gives the text, so that every
/// place that needs it can be found by that name.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  /// Takes the text over; keep no copy of it elsewhere.
  public init(_ text: String) { self.text = text }

  /// The text itself, for whoever connects or computes with it.
  public func reveal() -> String { text }

  public var description: String { "(secret)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
