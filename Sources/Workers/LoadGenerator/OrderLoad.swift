import Billing

/// Random order events, each a function of the seed and its number: of four in a row that belong together three are of an
/// order and one is of a patient. They come somewhat out of order.
struct OrderLoad {
  /// Of an order, in the order in which they happen; the code comes after the modality, and sometimes differs.
  private static let stages = ["sent_to_radiology", "completed", "results_available"]
  private static let perCase = stages.count + 1
  private static let modalities = ["X-RAY", "ULTRASOUND", "MRI", "CT", "PET", "Mammography"]
  private static let codes = ["71046", "73030", "74177", "77049", "70551", "76700"]
  /// Events change places with others among so many.
  private static let window = 64
  /// Odd: multiplying by it reaches every place of the window.
  private static let shuffle = 37

  private let random: RandomLoad
  private let numbers: SeededNumbers

  init(_ options: LoadOptions) {
    random = RandomLoad(options)
    numbers = SeededNumbers(seed: options.seed)
  }

  func body(_ index: Int) -> [UInt8] {
    let place = index % Self.window
    let event = index - place + place * Self.shuffle % Self.window
    let number = event / Self.perCase
    // Company and time of the first event; the others follow by the hour.
    let base = random.record(number, isNearBoundary: false)
    let part = event % Self.perCase
    let id = RandomLoad.identifier(numbers.number(event, use: 41), numbers.number(event, use: 42))
    let time = base.timestamp.adding(seconds: part == Self.perCase - 1 ? 0 : Int64(part) * 3600)
    var text = #"{"eventId":"\#(id)","companyId":"\#(base.company)","occurredAt":"\#(time)","type":""#
    guard part < Self.stages.count else {
      text += #"patient.activated","patient":{"patientId":"patient-\#(base.usageID)"}}"#
      return Array(text.utf8)
    }
    text += #"order.\#(Self.stages[part])","order":{"orderId":"order-\#(base.usageID)""#
    if part == 0 { text += #","modality":"\#(choose(Self.modalities, number, use: 43))""# }
    if part == 1 { text += #","cptCode":"\#(choose(Self.codes, number, use: 44))""# }
    return Array((text + "}}").utf8)
  }

  private func choose(_ words: [String], _ number: Int, use: UInt64) -> String {
    words[numbers.number(number, use: use, below: words.count)]
  }
}
