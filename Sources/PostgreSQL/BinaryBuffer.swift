/// Growing bytes in network order, kept and reused between batches.
public struct BinaryBuffer: ~Copyable {
  private(set) var base: UnsafeMutableRawPointer
  /// Bytes written so far.
  public private(set) var count = 0
  /// Bytes that fit before memory has to grow.
  public private(set) var capacity: Int

  public init(capacity: Int = 256) {
    self.capacity = max(capacity, 32)
    base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { base.deallocate() }

  /// Makes room for `additional` more bytes at once.
  @inline(__always)
  public mutating func reserve(_ additional: Int) {
    if capacity - count < additional { grow(additional) }
  }

  @inline(never)
  private mutating func grow(_ additional: Int) {
    let larger = max(capacity * 2, count + additional)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    moved.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = moved
    capacity = larger
  }

  /// Forgets everything after `length` bytes; the memory stays.
  public mutating func truncate(to length: Int) {
    if length >= 0, length < count { count = length }
  }

  @inline(__always)
  public mutating func append(_ value: Int16) { store(value.bigEndian) }
  @inline(__always)
  public mutating func append(_ value: Int32) { store(value.bigEndian) }
  @inline(__always)
  public mutating func append(_ value: Int64) { store(value.bigEndian) }
  @inline(__always)
  public mutating func append(_ value: UInt64) { store(value.bigEndian) }
  @inline(__always)
  public mutating func append(_ value: UInt8) { store(value) }

  @inline(__always)
  public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append(raw: $0) } }

  @inline(__always)
  public mutating func append(_ bytes: Span<UInt8>) { bytes.withUnsafeBytes { append(raw: $0) } }

  /// The text's UTF-8, without a length and without a final zero.
  @inline(__always)
  public mutating func append(utf8 text: String) {
    var text = text
    text.withUTF8 { append(raw: UnsafeRawBufferPointer($0)) }
  }

  @inline(__always)
  private mutating func store<T: BitwiseCopyable>(_ value: T) {
    reserve(MemoryLayout<T>.size)
    base.storeBytes(of: value, toByteOffset: count, as: T.self)
    count += MemoryLayout<T>.size
  }

  @inline(__always)
  mutating func append(raw bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    (base + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  /// A length and the bytes, as COPY and arrays want a value.
  @inline(__always)
  mutating func appendField(raw bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count + 4)
    base.storeBytes(of: Int32(clamping: bytes.count).bigEndian, toByteOffset: count, as: Int32.self)
    if let source = bytes.baseAddress { (base + count + 4).copyMemory(from: source, byteCount: bytes.count) }
    count += bytes.count + 4
  }

  /// Leaves room for a length that is known only after the value is written.
  @inline(__always)
  mutating func beginField() -> Int {
    append(Int32(0))
    return count
  }

  @inline(__always)
  mutating func endField(_ start: Int) {
    base.storeBytes(of: Int32(clamping: count - start).bigEndian, toByteOffset: start - 4, as: Int32.self)
  }
}
