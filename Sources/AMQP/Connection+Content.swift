internal import CRabbitMQ

/// A content header: the body's size and the properties, which point into the C library's memory.
struct ContentHeader {
  let size: UInt64
  let properties: UnsafePointer<amqp_basic_properties_t>
}

extension Connection {
  /// No broker takes a larger message; a larger size is an error of the peer's, not a reason to hold memory.
  private static let largestBody: UInt64 = 512 << 20
  /// How much is reserved on a peer's word alone.
  private static let trustedReserve: UInt64 = 1 << 20

  func readContentHeader(_ operation: Operation) throws(AMQPError) -> ContentHeader {
    try readContentFrame(operation)
    let payload = frame.pointee.payload.properties
    guard frame.pointee.frame_type == UInt8(AMQP_FRAME_HEADER), payload.class_id == UInt16(AMQP_BASIC_CLASS),
      let decoded = payload.decoded
    else { throw fail(.protocolViolation("a method without its content header"), operation) }
    guard payload.body_size <= Self.largestBody else {
      throw fail(.protocolViolation("a body of \(payload.body_size) bytes"), operation)
    }
    return ContentHeader(
      size: payload.body_size, properties: UnsafePointer(decoded.assumingMemoryBound(to: amqp_basic_properties_t.self)))
  }

  func readBody(_ size: UInt64, _ operation: Operation) throws(AMQPError) -> [UInt8] {
    guard size > 0 else { return [] }
    var fragment = try readFragment(remaining: size, operation)
    // Nearly every body is one frame, copied once.
    if fragment.count == Int(size) { return [UInt8](fragment) }
    var body: [UInt8] = []
    body.reserveCapacity(Int(min(size, Self.trustedReserve)))
    body.append(contentsOf: fragment)
    while body.count < Int(size) {
      fragment = try readFragment(remaining: size - UInt64(body.count), operation)
      body.append(contentsOf: fragment)
    }
    return body
  }

  /// Reads a body and drops it, holding one frame at a time.
  func skipBody(_ size: UInt64, _ operation: Operation) throws(AMQPError) {
    var remaining = size
    while remaining > 0 {
      remaining -= UInt64(try readFragment(remaining: remaining, operation).count)
      releaseBuffers()
    }
  }

  private func readFragment(remaining: UInt64, _ operation: Operation) throws(AMQPError) -> UnsafeRawBufferPointer {
    try readContentFrame(operation)
    let fragment = frame.pointee.payload.body_fragment
    guard frame.pointee.frame_type == UInt8(AMQP_FRAME_BODY), fragment.len > 0, UInt64(fragment.len) <= remaining else {
      throw fail(.protocolViolation("a body that does not match its header"), operation)
    }
    return fragment.buffer
  }

  /// The rest of a message that has begun must follow within the call timeout, frame by frame.
  private func readContentFrame(_ operation: Operation) throws(AMQPError) {
    guard try readFrame(timeout: callTimeoutNanoseconds, operation) else {
      throw fail(.timedOut("a message stopped in the middle"), operation)
    }
  }
}

extension amqp_basic_properties_t {
  func has(_ flag: Int32) -> Bool { _flags & amqp_flags_t(flag) != 0 }

  /// A header's value without copying the table.
  func header(_ name: StaticString) -> amqp_field_value_t? {
    has(AMQP_BASIC_HEADERS_FLAG) ? headers.value(named: name) : nil
  }
}
