import AMQP
import Billing

/// Makes the messages of a plan, any of them at any time.
struct LoadMessages {
  private let random: RandomLoad
  private let example: ExampleMonth?
  private let orders: OrderLoad?
  private let numbers: SeededNumbers
  let plan: LoadPlan

  /// - Throws: `options`.
  init(_ options: LoadOptions) throws(LoadError) {
    guard options.from < options.to else { throw .options("the load's timestamps must begin before they end") }
    guard !options.metrics.isEmpty else { throw .options("a load needs at least one metric") }
    random = RandomLoad(options)
    numbers = SeededNumbers(seed: options.seed)
    orders = options.orders ? OrderLoad(options) : nil
    guard orders == nil || options.exampleMonth == nil && options.crossMonthDuplicates == .none && options.bad == .none
    else { throw .options("order events are never of an example month, across months, or bad") }
    guard let company = options.exampleMonth else {
      example = nil
      plan = LoadPlan(options)
      return
    }
    // Counted in whichever month came first, the example would not come out exactly.
    guard options.crossMonthDuplicates == .none else {
      throw .options("an example month cannot have repeats in another month")
    }
    guard let example = ExampleMonth(company, monthOf: options.from.date, until: options.to, seed: options.seed) else {
      throw .options("there is no such month")
    }
    self.example = example
    plan = LoadPlan(options, fixed: example.count)
  }

  /// The n-th good message.
  func record(_ index: Int) -> LoadRecord {
    example?.record(index) ?? random.record(index, isNearBoundary: plan.isNearBoundary(index))
  }

  /// Its repeat in the other month, if it has one.
  func other(_ index: Int) -> LoadRecord? {
    plan.isNearBoundary(index) ? random.otherMonth(record(index), index) : nil
  }

  func message(_ item: LoadPlan.Item) -> OutgoingMessage {
    switch item {
    case .good(let index), .duplicate(let index):
      OutgoingMessage(body: orders?.body(index) ?? record(index).body(number: index))
    case .otherMonth(let index):
      OutgoingMessage(body: (other(index) ?? record(index)).body(number: index))
    case .bad(let number): bad(number)
    }
  }

  /// Bad messages have a message id: their dead letters can be told apart by it.
  private func bad(_ number: Int) -> OutgoingMessage {
    let kind = BadLoad.kinds[number % BadLoad.kinds.count]
    let id = RandomLoad.identifier(numbers.number(number, use: 31), numbers.number(number, use: 32))
    let base = random.record(number, isNearBoundary: false)
    return OutgoingMessage(
      body: kind.body(usageID: id, company: base.company, timestamp: base.timestamp),
      messageID: "bad-\(number)-\(kind.name)-\(id.prefix(8))")
  }
}
