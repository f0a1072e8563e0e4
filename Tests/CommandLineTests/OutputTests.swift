import Glibc
import Testing

@testable import usage_billing

@Suite struct OutputTests {
  @Test("a reader that closes early is no failure")
  func closedPipe() throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    let output = Output(descriptor: ends[1])
    output.line("nobody reads this")
    output.line("nor this")
    #expect(output.failure == nil)
  }

  @Test("output that cannot be written fails the command")
  func fullDisk() throws {
    let full = open("/dev/full", O_WRONLY)
    try #require(full >= 0)
    defer { close(full) }
    let errors = Output()
    let context = Context(environment: [:], output: Output(descriptor: full), errors: errors)
    let status = Program(commands: Commands.all, groups: Commands.groups).run(["version"], context)
    #expect(status == .failure)
    #expect(errors.text.contains("not complete"))
  }

  @Test("columns are aligned, numbers to the right, nothing is left at the end of a line")
  func table() {
    var table = Table([.text("Name"), .number("Count"), .text("Note")])
    table.add(["a", "1"])
    table.add(["größer", "1200", "x\u{1B}[31m\ny"])
    #expect(
      table.text == """
        Name    Count  Note
        a           1  -
        größer   1200  x\u{FFFD}[31m\u{FFFD}y

        """)
  }

  @Test("a progress bar shows share, count and rate")
  func progress() {
    let bar = ProgressBar("verify", total: 200, isShown: false)
    bar.advance(to: 100)
    let line = bar.line(.max / 2)
    #expect(line.hasPrefix("verify [###############---------------] 50% 100/200 "))
    bar.finish()
  }
}
