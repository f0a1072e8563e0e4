import Billing
import Compression
import Crypto
import Glibc

/// A file that is there, complete and durable, perhaps not under its name yet.
struct WrittenFile: Equatable {
  let name: String
  let rows: Int64
  /// SHA-256 of all its bytes.
  let checksum: [UInt8]
}

/// Writes an archive under a preliminary name: header, rows, trailer, through zstd. The file goes when this goes, unless
/// it was kept.
final class ArchiveFileWriter {
  let path: String
  private let descriptor: Int32
  private let content: RunningSHA256
  private let file: RunningSHA256
  private let compressor: ZstdCompressor
  private var buffer: [UInt8] = []
  private var isKept = false
  private static let bufferSize = 256 * 1024

  /// Whatever an earlier attempt has left under the preliminary name is written over; not so what another process is
  /// writing at this moment.
  init(path: String) throws(RetentionError) {
    self.path = path
    do {
      (content, file) = (try RunningSHA256(), try RunningSHA256())
      compressor = try ZstdCompressor()
    } catch {
      throw .ledger(.unexpected("\(error)"))
    }
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system(path) }
    do throws(RetentionError) {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        isKept = true
        throw .file(path: path, reason: "another process is writing it")
      }
      // Between opening and locking, another process may have made an archive of it.
      guard isAtItsPath() else {
        isKept = true
        throw .file(path: path, reason: "another process has just written it; try again")
      }
      // Readable to nobody else, whatever the umask: it may hold data of patients.
      guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0 else { throw .system(path) }
    } catch {
      close(descriptor)
      if !isKept { unlink(path) }
      isKept = true
      throw error
    }
  }

  deinit {
    if !isKept { unlink(path) }
    close(descriptor)
  }

  func write(_ header: ArchiveHeader) throws(RetentionError) { try write(header.line.span) }

  /// Adds a row, or any part of the content.
  func write(_ bytes: Span<UInt8>) throws(RetentionError) {
    bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Ends the file; it is durable after that, under its preliminary name.
  ///
  /// - Returns: the SHA-256 of all its bytes.
  func finish() throws(RetentionError) -> [UInt8] {
    try flush()
    let trailer = ArchiveTrailer(checksum: try hashing { () throws(CryptoError) in try content.finish() })
    let rest: [UInt8]
    do throws(ZstdError) {
      rest = try compressor.compress(trailer.line.span) + compressor.finish()
    } catch {
      throw .file(path: path, reason: "\(error)")
    }
    try put(rest)
    guard fsync(descriptor) == 0 else { throw .system(path) }
    // What is read next is to come from the disk, not from memory.
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    return try hashing { () throws(CryptoError) in try file.finish() }
  }

  /// It is under its name now.
  func keep() { isKept = true }

  private func isAtItsPath() -> Bool {
    var (mine, there) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && lstat(path, &there) == 0 && mine.st_ino == there.st_ino
      && mine.st_dev == there.st_dev
  }

  private func flush() throws(RetentionError) {
    let bytes = buffer
    buffer.removeAll(keepingCapacity: true)
    try hashing { () throws(CryptoError) in try content.update(bytes.span) }
    let ready: [UInt8]
    do { ready = try compressor.compress(bytes.span) } catch { throw .file(path: path, reason: "\(error)") }
    try put(ready)
  }

  private func put(_ bytes: [UInt8]) throws(RetentionError) {
    try hashing { () throws(CryptoError) in try file.update(bytes.span) }
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .system(path) }
      offset += count
    }
  }
}
