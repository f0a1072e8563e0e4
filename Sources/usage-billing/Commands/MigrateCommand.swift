import JSON
import Ledger
import PostgreSQL

/// `migrate`: brings the database up to this program, or says how they differ.
struct MigrateCommand: Command {
  let words = ["migrate"]
  let summary = "Creates or updates the database's schema; applies the default catalog where there is none."
  let usage = Usage(
    options: [.flag("check", "change nothing; exit status 1 unless the schema is this program's"), .json])

  func run(_ arguments: ParsedArguments, _ context: Context) throws -> ExitStatus {
    let wiring = try context.wiring(.database)
    let schemas = try Schemas(wiring.configuration)
    let migrations = SchemaMigrations(try schemas.migrations())
    let connection = try wiring.openDatabase()
    if arguments.flag("check") {
      let problem = try migrations.check(connection).problem
      context.show(Check(problem: problem), arguments)
      return problem == nil ? .success : .failure
    }
    let applied = try migrations.apply(
      on: connection, defaultCatalog: try schemas.defaultCatalog(), by: context.person,
      now: context.now)
    context.show(Result(applied: applied), arguments)
    return .success
  }

  private struct Check: Presentable {
    let problem: String?

    var text: String { (problem ?? "the schema is up to date") + "\n" }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.field("upToDate", problem == nil)
        $0.field("problem", optional: problem)
      }
    }
  }

  private struct Result: Presentable {
    let applied: SchemaMigrations.Applied

    var text: String {
      var lines = applied.steps.map { "applied \($0.number) \($0.name)\n" }
      if applied.hasAppliedCatalog { lines.append("applied the default catalog\n") }
      return lines.isEmpty ? "the schema was up to date\n" : lines.joined()
    }

    func encode(into json: inout JSONWriter) {
      json.object {
        $0.key("applied")
        $0.array {
          for step in applied.steps {
            $0.value(
              .object([
                ("number", .number(String(step.number))), ("name", .string(step.name)),
              ]))
          }
        }
        $0.field("defaultCatalogApplied", applied.hasAppliedCatalog)
      }
    }
  }
}
