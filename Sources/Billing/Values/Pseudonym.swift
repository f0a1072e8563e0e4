/// A person in place of whom only a keyed hash is kept: HMAC-SHA-256 of company and identifier under a secret key.
///
/// The raw identifier cannot be had back from it, and the same person has different pseudonyms in two companies.
public struct Pseudonym: Hashable, Sendable {
  /// Which of the operator's keys made it: 1 to 255.
  public let keyID: UInt8
  /// 32 bytes.
  public let hash: [UInt8]

  public init(keyID: UInt8, hash: [UInt8]) {
    self.keyID = keyID
    self.hash = hash
  }

  /// As the database keeps it: the key's number, then the hash.
  public var bytes: [UInt8] { [keyID] + hash }
}
