/// Which release this program is.
enum Release {
  static let version: StaticString = "0.1.0"
}
