import Billing
import Crypto

/// Makes pseudonyms of people's identifiers with keys already set up; one for each thread.
///
/// An identifier comes in as borrowed bytes and goes into the hash: no copy of it is kept, and none becomes a `String`.
public final class Pseudonymizer: CustomReflectable {
  private let newest: (id: UInt8, hmac: HMACSHA256)
  private let older: [(id: UInt8, hmac: HMACSHA256)]
  private static let separator: [UInt8] = [0]

  public init(_ keyring: PseudonymKeyring) throws(CryptoError) {
    newest = (keyring.newest.id, try HMACSHA256(key: keyring.newest.secret))
    var older: [(id: UInt8, hmac: HMACSHA256)] = []
    for key in keyring.older { older.append((key.id, try HMACSHA256(key: key.secret))) }
    self.older = older
  }

  /// HMAC-SHA-256 over the company's id, a zero byte and the identifier, under every key.
  public func pseudonyms(company: CompanyID, identifier: Span<UInt8>) throws(CryptoError) -> Pseudonyms {
    var others: [Pseudonym] = []
    for key in older { others.append(try Self.pseudonym(key, company, identifier)) }
    return Pseudonyms(newest: try Self.pseudonym(newest, company, identifier), older: others)
  }

  /// The same under the newest key alone, for what nobody will look up.
  public func newestPseudonym(company: CompanyID, identifier: Span<UInt8>) throws(CryptoError) -> Pseudonym {
    try Self.pseudonym(newest, company, identifier)
  }

  public var customMirror: Mirror { Mirror(self, children: []) }

  private static func pseudonym(
    _ key: (id: UInt8, hmac: HMACSHA256), _ company: CompanyID, _ identifier: Span<UInt8>
  ) throws(CryptoError) -> Pseudonym {
    try key.hmac.update(company.text.utf8.span)
    try key.hmac.update(separator.span)
    try key.hmac.update(identifier)
    return Pseudonym(keyID: key.id, hash: try key.hmac.finish())
  }
}
