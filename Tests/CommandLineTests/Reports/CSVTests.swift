import Testing

@testable import usage_billing

@Suite("Comma-separated values")
struct CSVTests {
  private func row(_ cells: CSV.Cell...) -> String {
    var csv = CSV(cells.indices.map { "c\($0)" })
    csv.add(cells)
    let lines = csv.document.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
    return String(lines.last.map { String(decoding: $0, as: UTF8.self) } ?? "")
  }

  @Test("a header line, then rows, each ending in CRLF; without rows the header alone")
  func lines() {
    var csv = CSV(["a", "b"])
    #expect(Array(csv.document.utf8) == Array("a,b\r\n".utf8))
    csv.add([.text("x"), .number(-5)])
    csv.add([.text(nil), .flag(true)])
    #expect(Array(csv.document.utf8) == Array("a,b\r\nx,-5\r\n,true\r\n".utf8))
  }

  @Test(
    "cells with commas, quotes or line breaks are quoted, quotes doubled",
    arguments: [
      ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""),
      ("größer", "größer"), (" a ", " a "), ("", ""), ("\"", "\"\"\"\""),
    ])
  func quoting(_ text: String, written: String) {
    #expect(row(.text(text)) == written + "\r\n")
  }

  @Test(
    "text that a spreadsheet would run gets an apostrophe, quoted or not",
    arguments: [
      ("=1+1", "'=1+1"), ("+49 30", "'+49 30"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
      ("\r=1", "\"'\r=1\""), ("\r\n=1", "\"'\r\n=1\""),
      ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""), ("a=1", "a=1"),
    ])
  func formulas(_ text: String, written: String) {
    #expect(row(.text(text)) == written + "\r\n")
  }

  @Test("our own negative numbers stay numbers")
  func numbers() {
    #expect(row(.plain("-25"), .plain("-0.01"), .number(-3), .plain(nil)) == "-25,-0.01,-3,\r\n")
  }

  @Test(
    "--json and --csv together are wrong usage, before anything is looked at",
    arguments: [["usage", "c"], ["analytics", "c"], ["orders", "c"], ["companies", "list"]])
  func together(_ command: [String]) {
    for formats in [["--json", "--csv"], ["--csv", "--json"]] {
      let run = Run(command + formats)
      #expect(run.status == .wrongUsage)
      #expect(run.errors.contains("--json and --csv cannot be combined"), "\(run.errors)")
    }
  }

  @Test("a command that is no report has no --csv")
  func elsewhere() {
    #expect(Run("version", "--csv").errors.contains("unknown option --csv"))
  }
}
