import JSON

/// One result with two faces, both made of the same values: a table for people and a document for programs.
protocol Presentable {
  /// Lines for people, ending in a line break.
  var text: String { get }
  /// The result as one JSON value.
  func encode(into json: inout JSONWriter)
}

/// A report: with a third face, for spreadsheets. Its command takes `Usage.Option.csv`.
protocol Tabular: Presentable {
  var csv: CSV { get }
}

extension Context {
  /// Writes the result as `--json` asks.
  func show(_ result: some Presentable, _ arguments: ParsedArguments) { write(result, arguments) }

  /// Writes the report as `--json` or `--csv` asks.
  func show(_ report: some Tabular, _ arguments: ParsedArguments) {
    guard arguments.flag(Usage.Option.csv.name) else { return write(report, arguments) }
    output.write(report.csv.document)
  }

  private func write(_ result: some Presentable, _ arguments: ParsedArguments) {
    guard arguments.flag(Usage.Option.json.name) else { return output.write(result.text) }
    var json = JSONWriter(.pretty)
    result.encode(into: &json)
    output.write(json.bytes + [UInt8(ascii: "\n")])
  }
}
