import Operations
import Testing

@testable import usage_billing

@Suite struct ProgramTests {
  private struct Probe: Command {
    let words: [String]
    var summary: String { "Probes \(words.joined(separator: " "))." }
    let usage = Usage(
      arguments: [.init("FIRST", "needed"), .init("SECOND", "not needed", .optional)],
      options: [
        .flag("yes", "agree"), .value("limit", "N", "at most"), .value("tag", "T", "a tag", isRepeatable: true),
      ])
    var failure: (any Error)?

    func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
      if let failure { throw failure }
      let limit = try arguments.number("limit", 1...10)
      context.output.line(
        [
          words.joined(separator: " "), try arguments.argument("FIRST"), arguments.optionalArgument("SECOND") ?? "none",
          "\(arguments.flag("yes"))", limit.map(String.init) ?? "none", arguments.values("tag").joined(separator: "+"),
        ].joined(separator: ","))
      return .success
    }
  }

  private let commands: [any Command] = [
    Probe(words: ["usage"]), Probe(words: ["usage", "void"]), Probe(words: ["companies", "list"]),
  ]

  private func run(_ arguments: [String]) -> (ExitStatus, String, String) {
    let output = Output()
    let errors = Output()
    let context = Context(environment: [:], output: output, errors: errors)
    let status = Program(commands: commands, groups: ["companies": "About companies."]).run(arguments, context)
    return (status, output.text, errors.text)
  }

  @Test(
    "arguments and options are read in any order",
    arguments: [
      (["usage", "a"], "usage,a,none,false,none,"),
      (["usage", "a", "b", "--yes", "--limit", "3"], "usage,a,b,true,3,"),
      (["usage", "--limit=3", "--tag", "x", "a", "--tag=y=z"], "usage,a,none,false,3,x+y=z"),
      (["usage", "void", "a"], "usage void,a,none,false,none,"),
      (["usage", "--", "void", "--yes"], "usage,void,--yes,false,none,"),
      (["usage", "-", "--tag", "-5"], "usage,-,none,false,none,-5"),
      (["usage", "a", "--tag="], "usage,a,none,false,none,"),
    ])
  func parsing(arguments: [String], line: String) {
    let (status, output, errors) = run(arguments)
    #expect(status == .success)
    #expect(output == line + "\n")
    #expect(errors == "")
  }

  @Test(
    "wrong usage is named on standard error, with exit status 2",
    arguments: [
      ([], "COMMAND"), (["nonsense"], "unknown command"), (["--nonsense"], "unknown command"),
      (["companies"], "companies list"), (["companies", "nonsense"], "companies list"), (["usage"], "FIRST is missing"),
      (["usage", "a", "b", "c"], "one argument too many"), (["usage", "a", "--nope"], "unknown option --nope"),
      (["usage", "a", "-x"], "unknown option -x"), (["usage", "a", "--yes=1"], "takes no value"),
      (["usage", "a", "--limit"], "needs a value"), (["usage", "a", "--limit", "--yes"], "needs a value"),
      (["usage", "a", "--limit", "11"], "--limit must be a whole number from 1 to 10"),
      (["usage", "a", "--limit=x"], "--limit must be"), (["usage", "a", "--yes", "--yes"], "more than once"),
    ])
  func wrongUsage(arguments: [String], message: String) {
    let (status, output, errors) = run(arguments)
    #expect(status == .wrongUsage)
    #expect(output == "")
    #expect(errors.contains(message))
  }

  @Test(
    "help is there for the program, for groups and for commands",
    arguments: [
      (["--help"], "Exit status"), (["-h"], "Exit status"), (["help"], "Exit status"),
      (["companies", "--help"], "About companies."), (["help", "companies"], "companies list"),
      (["usage", "--help"], "--limit N"), (["usage", "a", "b", "c", "--nope", "--help"], "unknown option"),
      (["usage", "-h"], "usage void"), (["usage", "void", "--help"], "Usage: usage-billing usage void FIRST [SECOND]"),
      (["help", "usage", "void"], "(may be repeated)"),
    ])
  func help(arguments: [String], text: String) {
    let (status, output, errors) = run(arguments)
    if text == "unknown option" {
      #expect(status == .wrongUsage)
      #expect(errors.contains(text))
    } else {
      #expect(status == .success)
      #expect(output.contains(text))
    }
  }

  @Test("a failure is told on standard error, with exit status 1")
  func failure() {
    let failing = Probe(words: ["fail"], failure: CommandFailure("the frobnicator is full; empty it"))
    let run = Run("fail", "x", commands: [failing])
    #expect(run.status == .failure)
    #expect(run.errors == "usage-billing fail: the frobnicator is full; empty it\n")
  }

  @Test("mistakes of the environment are all named, with exit status 2, and no secret")
  func configuration() {
    let run = Run(
      "migrate",
      environment: [
        "LANES": "0", "AMQP_URL": "amqp://u:hidden@h:99999/", "PATIENT_REFERENCE_KEY": "1:hidden",
        "USAGE_BILLING_FAILPOINTS": "x",
      ])
    #expect(run.status == .wrongUsage)
    for name in ["LANES", "AMQP_URL", "PATIENT_REFERENCE_KEY", "USAGE_BILLING_FAILPOINTS", "DATABASE_URL"] {
      #expect(run.errors.contains(name))
    }
    #expect(!run.errors.contains("hidden"))
  }

  @Test("every command has help that fits a terminal, and words of its own")
  func everyCommand() {
    #expect(Set(Commands.all.map(\.words)).count == Commands.all.count)
    let help = Help(commands: Commands.all, groups: Commands.groups)
    for command in Commands.all {
      #expect(command.summary.hasSuffix("."))
      #expect(help.command(command).split(separator: "\n").allSatisfy { $0.count <= 140 })
    }
  }
}
