import JSON

/// `version`: which release this is.
struct VersionCommand: Command {
  let words = ["version"]
  let summary = "Shows which release this is."
  let usage = Usage(options: [.json])

  func run(_ arguments: ParsedArguments, _ context: Context) -> ExitStatus {
    context.show(Version(), arguments)
    return .success
  }

  private struct Version: Presentable {
    let number = Release.version.description

    var text: String { "\(Help.program) \(number)\n" }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("name", Help.program)
        $0.field("version", number)
      }
    }
  }
}
