/// What a JSON value is.
public enum JSONKind: UInt8, Hashable, Sendable, CaseIterable {
  case null, `false`, `true`, number, string, array, object
}
