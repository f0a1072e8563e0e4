internal import CRabbitMQ

/// Arguments are checked before anything is sent: the library finds them unfit only after half a message has left.
extension Connection {
  func shortText(_ text: String, _ operation: Operation) throws(AMQPError) -> amqp_bytes_t {
    guard text.utf8.count <= 255 else {
      throw error(.invalidArgument("a name or key of \(text.utf8.count) bytes; at most 255 can be sent"), operation)
    }
    guard let bytes = arena.bytes(text) else { throw error(.invalidArgument("out of memory"), operation) }
    return bytes
  }

  func table(
    _ table: [String: FieldValue], adding extra: (name: String, value: FieldValue)? = nil, _ operation: Operation
  ) throws(AMQPError) -> amqp_table_t {
    // Room for the frame's other parts: at most nine short texts.
    let room = Int(amqp_get_frame_max(state)) - 3_072
    guard let size = FieldValue.encodedSize(of: table), size <= room else {
      throw error(.invalidArgument("the table is too large or too deep, or a name in it too long"), operation)
    }
    guard let converted = arena.table(table, adding: extra) else {
      throw error(.invalidArgument("out of memory"), operation)
    }
    return converted
  }
}
