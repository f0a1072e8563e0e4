import Glibc

/// The program.
@main
enum UsageBilling {
  static func main() {
    // A reader of our output, a broker or a database that goes away is told by write's result, not by a signal.
    signal(SIGPIPE, SIG_IGN)
    let program = Program(commands: Commands.all, groups: Commands.groups)
    exit(program.run(Array(CommandLine.arguments.dropFirst()), .ofProcess()).rawValue)
  }
}
