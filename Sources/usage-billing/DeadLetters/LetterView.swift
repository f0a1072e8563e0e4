import JSON
import Operations
import Workers

/// What is shown of a dead letter besides its body. Its properties and headers may be a stranger's, with a patient's name
/// in any of them: such texts give way to their lengths, as the body's do.
struct LetterView {
  let letter: DeadLetter
  let reason: String
  let detail: String?
  let originalQueue: String?
  let messageID: String?

  /// - Parameter isRevealed: whether everything is shown as it is.
  init(_ letter: DeadLetter, _ configuration: Configuration, isRevealed: Bool = false) {
    func shown(_ text: String, isOurs: Bool) -> String {
      isOurs || isRevealed ? text : "<string of \(text.unicodeScalars.count) characters>"
    }
    let queues = [configuration.usageQueue, configuration.orderQueue]
    self.letter = letter
    reason = shown(letter.reason, isOurs: KnownReason(letter.reason) != nil)
    detail = letter.detail.map { shown($0, isOurs: letter.isWorkers) }
    originalQueue = letter.originalQueue.map { shown($0, isOurs: queues.contains($0)) }
    messageID = letter.messageID.map { shown($0, isOurs: false) }
  }

  /// Place, reason, detail, queue, time, bytes and message id.
  var cells: [String?] {
    [
      String(letter.position), reason, detail, originalQueue, letter.rejectedAt?.description, String(letter.size),
      messageID,
    ]
  }

  func encodeMembers(into json: inout JSONWriter) {
    json.field("position", letter.position)
    json.field("reason", reason)
    json.field("detail", optional: detail)
    json.field("originalQueue", optional: originalQueue)
    json.field("rejectedAt", optional: letter.rejectedAt?.description)
    json.field("bytes", letter.size)
    json.field("messageId", optional: messageID)
  }
}
