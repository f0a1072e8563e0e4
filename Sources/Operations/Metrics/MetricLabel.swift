/// What may be a label's value.
///
/// Conforming is a decision that the value has few possible texts, all known to this program: neither text from a message
/// nor the identifier of a company, which would make a series for each. That is why `String` does not conform.
public protocol MetricLabelValue: Sendable {
  var labelText: String { get }
}

/// A small number: of a lane, say.
extension Int: MetricLabelValue {
  public var labelText: String { String(self) }
}

/// A name and a value that tell one series of a metric from the others.
public struct MetricLabel: Sendable, Equatable {
  let name: String
  let value: String

  /// - Parameters:
  ///   - name: letters, digits and underscores.
  ///   - value: text of this program.
  public init(_ name: StaticString, _ value: StaticString) {
    self.name = name.description
    self.value = value.description
  }

  /// - Parameter name: letters, digits and underscores.
  public init(_ name: StaticString, _ value: some MetricLabelValue) {
    self.name = name.description
    self.value = value.labelText
  }

  /// `name="value"`.
  var text: String {
    var escaped = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return "\(name)=\"\(escaped)\""
  }
}
