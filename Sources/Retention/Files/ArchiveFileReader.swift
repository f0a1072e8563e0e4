import Compression
import Crypto
import Glibc

/// Reads an archive from the first byte to the last, and holds everything in it against everything else that it says.
final class ArchiveFileReader {
  let path: String
  let header: ArchiveHeader
  /// SHA-256 of all bytes; there once `next` has returned nil.
  private(set) var checksum: [UInt8] = []
  /// Rows given so far.
  private(set) var rows: Int64 = 0

  private let bytes: Bytes
  private let content: RunningSHA256
  /// Content that was not given out: at the end of the file, it is the trailer.
  private var pending: [UInt8]

  /// Opens it, and reads the header.
  init(path: String) throws(RetentionError) {
    self.path = path
    do { content = try RunningSHA256() } catch { throw .ledger(.unexpected("\(error)")) }
    let bytes = try Bytes(path)
    self.bytes = bytes
    var start: [UInt8] = []
    while !start.contains(UInt8(ascii: "\n")) {
      guard start.count <= ArchiveHeader.mostBytes, let piece = try bytes.next() else {
        throw .unfit(path: path, reason: "it is no archive of a ledger's month")
      }
      start += piece
    }
    let end = start.firstIndex(of: UInt8(ascii: "\n")) ?? 0
    do throws(ArchiveHeader.Unreadable) {
      header = try ArchiveHeader(line: Array(start[...end]))
    } catch {
      throw .unfit(path: path, reason: error.reason)
    }
    let line = Array(start[...end])
    try hashing { [content] () throws(CryptoError) in
      try content.update(line.span)
    }
    pending = Array(start[(end + 1)...])
  }

  /// The next of the rows' bytes; nil at the end, when all was found to be right.
  func next() throws(RetentionError) -> [UInt8]? {
    while true {
      if pending.count > ArchiveTrailer.byteCount {
        let piece = Array(pending.dropLast(ArchiveTrailer.byteCount))
        pending.removeFirst(piece.count)
        try hashing { () throws(CryptoError) in try content.update(piece.span) }
        rows += Int64(piece.count { $0 == UInt8(ascii: "\n") })
        return piece
      }
      guard let more = try bytes.next() else { break }
      pending += more
    }
    let (digest, all) = (
      try hashing { () throws(CryptoError) in try content.finish() }, try bytes.finish()
    )
    guard ArchiveTrailer(checksum: digest).line == pending else {
      throw .unfit(path: path, reason: "its content does not have the checksum that its last line says")
    }
    guard rows == header.rows else {
      throw .unfit(path: path, reason: "it has \(rows) rows, and its first line says \(header.rows)")
    }
    checksum = all
    pending = ArchiveTrailer(checksum: digest).line
    return nil
  }

  /// Reads it to the end for the sake of being right.
  func verify(_ progress: (Int64) throws(RetentionError) -> Void) throws(RetentionError) {
    while try next() != nil { try progress(rows) }
  }
}

/// The file's bytes, decompressed.
private final class Bytes {
  private let path: String
  private let descriptor: Int32
  private let file: RunningSHA256
  private let decompressor: ZstdDecompressor
  private var buffer = [UInt8](repeating: 0, count: 256 * 1024)

  init(_ path: String) throws(RetentionError) {
    self.path = path
    do {
      file = try RunningSHA256()
      decompressor = try ZstdDecompressor()
    } catch {
      throw .ledger(.unexpected("\(error)"))
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path) }
  }

  deinit { close(descriptor) }

  /// Nil at the end.
  func next() throws(RetentionError) -> [UInt8]? {
    while true {
      do {
        if let piece = try decompressor.next() { return piece }
      } catch {
        throw .unfit(path: path, reason: "it is damaged: \(error)")
      }
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(path) }
      if count == 0 { return nil }
      let bytes = Array(buffer[..<count])
      try hashing { () throws(CryptoError) in try file.update(bytes.span) }
      decompressor.feed(bytes)
    }
  }

  func finish() throws(RetentionError) -> [UInt8] {
    guard decompressor.isComplete else { throw .unfit(path: path, reason: "it is cut off") }
    return try hashing { () throws(CryptoError) in try file.finish() }
  }
}
