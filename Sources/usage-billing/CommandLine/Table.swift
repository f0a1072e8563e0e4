/// Aligned columns for people.
struct Table {
  struct Column {
    let title: String
    let isRightAligned: Bool

    static func text(_ title: String) -> Column { Column(title: title, isRightAligned: false) }
    static func number(_ title: String) -> Column { Column(title: title, isRightAligned: true) }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) { self.columns = columns }

  var isEmpty: Bool { rows.isEmpty }

  /// Adds a row; what is `nil` or missing is shown as a dash.
  mutating func add(_ cells: [String?]) {
    rows.append(
      columns.indices.map { index in
        guard index < cells.count, let cell = cells[index] else { return "-" }
        return Self.printable(cell)
      })
  }

  /// Titles, then rows, each ending in a line break, without spaces at the end of lines.
  var text: String {
    let titles = columns.map(\.title)
    let widths = columns.indices.map { index in
      ([titles] + rows).map { $0[index].count }.max() ?? 0
    }
    return ([titles] + rows).map { line($0, widths) + "\n" }.joined()
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[index] - cell.count)
      line += (index == 0 ? "" : "  ") + (columns[index].isRightAligned ? padding + cell : cell + padding)
    }
    while line.last == " " { line.removeLast() }
    return line
  }

  /// Stored text must not drive the terminal or break the lines.
  static func printable(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars { result.unicodeScalars.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return result
  }
}
