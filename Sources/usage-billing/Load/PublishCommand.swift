import AMQP
import JSON
import Workers

/// `publish`: test messages.
struct PublishCommand: Command {
  let words = ["publish"]
  let summary = "Publishes usage messages for tests: fast, repeatable, with repeats and bad ones."
  let usage = PublishArguments.usage

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring()
    let options = try PublishArguments.options(arguments, wiring.configuration, now: context.now)
    let ledger = try arguments.value("ledger").map { try LoadLedger(path: $0) }
    let generator = LoadGenerator(options, broker: wiring.broker, watchdog: try Watchdog())
    var bar: ProgressBar?
    let summary = try generator.run(ledger: ledger) { done, total in
      let shown = bar ?? context.progressBar("publish", total: total)
      bar = shown
      shown.advance(to: done)
    }
    bar?.finish()
    context.show(Result(summary: summary), arguments)
    return .success
  }

  private struct Result: Presentable {
    let summary: LoadSummary

    var text: String {
      var table = Table([.text("Published"), .number(String(summary.total))])
      table.add(["distinct good", String(summary.good)])
      table.add(["duplicates", String(summary.duplicates)])
      table.add(["duplicates across a month's end", String(summary.crossMonthDuplicates)])
      table.add(["bad", String(summary.bad)])
      table.add(["sent again", String(summary.resent)])
      table.add(["seconds", "\(summary.milliseconds / 1000).\(summary.milliseconds % 1000 / 100)"])
      table.add(["messages a second", String(summary.rate)])
      return table.text
    }

    func encode(into json: inout JSONWriter) { summary.write(to: &json) }
  }
}
