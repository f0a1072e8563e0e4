import Billing
import Crypto
import JSON

/// Reads the body of an incoming message and the fields that messages have in common; one for each thread.
///
/// Errors name the field and the first rule that it breaks.
struct MessageReader {
  /// A larger message is bad. The consumer skips it before it is held in memory; this is the second lock on that door.
  static let maximumBodyBytes = 65_536
  /// How far ahead of our clock a sender's may be.
  static let toleranceSeconds: Int64 = 300

  let json: JSONReader
  let pseudonymizer: Pseudonymizer
  private let maximumAge: Int

  /// - Parameters:
  ///   - keyring: makes pseudonyms of people's identifiers.
  ///   - maximumAge: how many days old what is told may be.
  init(keyring: PseudonymKeyring, maximumAge days: Int) throws {
    json = try JSONReader()
    pseudonymizer = try Pseudonymizer(keyring)
    maximumAge = days
  }

  /// Reads a body in place of the one before.
  ///
  /// - Parameter names: the schema's fields, one of which a duplicate may be.
  func read(_ body: [UInt8], names: [StaticString]) throws(BadMessage) {
    guard body.count <= Self.maximumBodyBytes else {
      throw BadMessage(.tooLarge, field: "body", rule: "must be at most 65536 bytes")
    }
    do throws(JSONError) {
      try json.read(body)
    } catch {
      throw badBody(error.code, names)
    }
    guard json.root?.kind == .object else {
      throw BadMessage(.wrongType, field: "body", rule: "must be a JSON object")
    }
  }

  private func badBody(_ code: JSONError.Code, _ names: [StaticString]) -> BadMessage {
    switch code {
    case .notUTF8: BadMessage(.notUTF8, field: "body", rule: "must be UTF-8")
    case .tooDeep: BadMessage(.tooDeep, field: "body", rule: "must not be nested deeper than 64")
    case .tooLarge: BadMessage(.tooLarge, field: "body", rule: "must be at most 65536 bytes")
    case .duplicateKey:
      BadMessage(.duplicateField, field: json.duplicate(among: names) ?? "body", rule: "must not be there twice")
    case .outOfMemory: BadMessage(.notChecked, field: "body", rule: "could not be read for lack of memory")
    case .malformed, .unpairedSurrogate, .wrongKind:
      BadMessage(.malformedJSON, field: "body", rule: "must be one JSON document (RFC 8259)")
    }
  }

  // MARK: - Fields of several messages

  func companyID(_ field: JSONReader.Field?) throws(BadMessage) -> CompanyID {
    guard let id = CompanyID(try text(field, "companyId")) else {
      throw BadMessage(.invalidFormat, field: "companyId", rule: "must be 1 to 128 of A-Z a-z 0-9 . _ : -")
    }
    return id
  }

  /// A date and time, not ahead of `now` by more than the tolerance and not older than the maximum age.
  func instant(_ field: JSONReader.Field?, _ name: StaticString, now: Instant) throws(BadMessage) -> Instant {
    let field = try string(field, name)
    guard let instant = json.withString(of: field, { Instant($0) }) ?? nil else {
      throw BadMessage(.invalidFormat, field: name, rule: "must be a date and time with an offset (RFC 3339)")
    }
    guard instant <= now.adding(seconds: Self.toleranceSeconds) else {
      throw BadMessage(.tooEarly, field: name, rule: "must not be more than 5 minutes ahead")
    }
    guard instant >= now.adding(days: -maximumAge) else {
      throw BadMessage(.tooOld, field: name, rule: "must not be older than the maximum age")
    }
    return instant
  }

  /// An identifier that must not be kept as it is, in a string of 1 to 256 characters.
  func pseudonyms(
    _ field: JSONReader.Field, _ name: StaticString, company: CompanyID
  ) throws(BadMessage) -> Pseudonyms {
    let made = try json.withString(of: field) { (text) throws(BadMessage) in
      guard TextRule.allows(text, maximum: 256) else { throw badIdentifier(name) }
      do throws(CryptoError) {
        return try pseudonymizer.pseudonyms(company: company, identifier: text)
      } catch {
        throw noPseudonym(name)
      }
    }
    guard let made else { throw badIdentifier(name) }
    return made
  }

  // MARK: - Strings

  func string(_ field: JSONReader.Field?, _ name: StaticString) throws(BadMessage) -> JSONReader.Field {
    guard let field else { throw missing(name) }
    guard field.kind == .string else { throw BadMessage(.wrongType, field: name, rule: "must be a string") }
    return field
  }

  /// `nil` when the field is absent or null.
  func optionalString(_ field: JSONReader.Field?, _ name: StaticString) throws(BadMessage) -> JSONReader.Field? {
    guard let field, field.kind != .null else { return nil }
    guard field.kind == .string else { throw BadMessage(.wrongType, field: name, rule: "must be a string or null") }
    return field
  }

  func text(_ field: JSONReader.Field?, _ name: StaticString) throws(BadMessage) -> String {
    let string = try string(field, name)
    do throws(JSONError) {
      return try json.string(string)
    } catch {
      throw BadMessage(.invalidFormat, field: name, rule: "must be Unicode text")
    }
  }

  // MARK: - Errors

  func missing(_ name: StaticString) -> BadMessage { BadMessage(.missingField, field: name, rule: "is required") }

  func badIdentifier(_ name: StaticString) -> BadMessage {
    BadMessage(.invalidFormat, field: name, rule: "must be 1 to 256 characters, none a control character")
  }

  func noPseudonym(_ name: StaticString) -> BadMessage {
    BadMessage(.notChecked, field: name, rule: "no pseudonym could be made")
  }
}
