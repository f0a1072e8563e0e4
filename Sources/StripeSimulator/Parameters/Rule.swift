/// What one parameter may be.
struct Rule: Sendable {
  indirect enum Kind: Sendable {
    /// At most so many characters.
    case text(Int)
    case integer(ClosedRange<Int>)
    /// A decimal number with at most so many decimals.
    case decimal(Int)
    case bool
    case choice([String])
    case object(Schema)
    case list(Rule)
    /// Text by names of the sender's choice.
    case texts
    /// The same, with Stripe's limits.
    case metadata
    /// A number or `gt`, `gte`, `lt`, `lte`.
    case range
  }

  let kind: Kind
  private(set) var isRequired = false
  /// Whether an empty value may be sent, which unsets what there was.
  private(set) var isUnsettable = false

  static func text(_ maximum: Int = 5000) -> Rule { Rule(kind: .text(maximum)) }
  static func integer(_ range: ClosedRange<Int> = Int.min...Int.max) -> Rule { Rule(kind: .integer(range)) }
  static func decimal(_ decimals: Int = 12) -> Rule { Rule(kind: .decimal(decimals)) }
  static let bool = Rule(kind: .bool)
  /// Seconds since 1970.
  static let timestamp = Rule(kind: .integer(0...9_999_999_999))
  static func choice(_ values: String...) -> Rule { Rule(kind: .choice(values)) }
  static func object(_ rules: KeyValuePairs<String, Rule>, _ more: KeyValuePairs<String, Rule> = [:]) -> Rule {
    Rule(kind: .object(Schema(rules, more)))
  }
  static func list(_ element: Rule) -> Rule { Rule(kind: .list(element)) }
  static let texts = Rule(kind: .texts)
  static let metadata = Rule(kind: .metadata, isUnsettable: true)
  static let range = Rule(kind: .range)

  var required: Rule {
    var rule = self
    rule.isRequired = true
    return rule
  }

  var unsettable: Rule {
    var rule = self
    rule.isUnsettable = true
    return rule
  }
}
