/// Comma-separated values for spreadsheets and programs, as RFC 4180 has them: a header line, lines that end in CRLF,
/// cells in quotes where they hold a comma, a quote or a line break. UTF-8, without a mark at the front.
///
/// The rows are of one kind and none is a sum of others, so that whoever adds a column up counts nothing twice.
struct CSV {
  enum Cell {
    /// Text that others chose, a company's name say. A spreadsheet takes what begins with `=`, `+`, `-`, `@`, a tab or a
    /// carriage return for a formula, quoted or not, and runs it: such text gets an apostrophe in front, which
    /// spreadsheets know as the sign of text.
    case text(String?)
    /// Our own numbers, days and words, written as they are: a negative amount stays a number.
    case plain(String?)

    static func number(_ value: some BinaryInteger) -> Cell { .plain(String(value)) }
    static func flag(_ value: Bool) -> Cell { .plain(value ? "true" : "false") }
  }

  private let columns: [String]
  private var rows: [[Cell]] = []

  init(_ columns: [String]) { self.columns = columns }

  /// - Parameter cells: as many as there are columns; what is `nil` stays empty.
  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  var document: String {
    ([columns.joined(separator: ",")] + rows.map { $0.map(Self.written).joined(separator: ",") })
      .map { $0 + "\r\n" }.joined()
  }

  private static func written(_ cell: Cell) -> String {
    switch cell {
    case .plain(let text): quoted(text ?? "")
    case .text(let text): quoted(harmless(text ?? ""))
    }
  }

  // By scalars: a carriage return and a line feed are one character to Swift, and no other.
  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else { return text }
    return "'" + text
  }

  private static func quoted(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
