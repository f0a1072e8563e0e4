import Billing
import Crypto
import Messages
import Testing

@Suite("Pseudonyms")
struct PseudonymKeyringTests {
  private static let hex = String(repeating: "0123456789abcdef", count: 4)

  @Test("the first key makes new pseudonyms, whatever its id")
  func newest() throws {
    let keyring = try PseudonymKeyring("2:\(Self.hex),255:\(Self.hex.uppercased()),1:\(Self.hex)\(Self.hex)")
    #expect(keyring.count == 3)
    #expect(keyring.newestKeyID == 2)
  }

  @Test(
    "a wrong text is refused with its rule and place",
    arguments: [
      ("", 1), ("1", 1), (hex, 1), ("1:", 1), ("1:abc", 1), ("1:\(hex.dropLast(2))", 1), ("1:\(hex)g0", 1),
      ("0:\(hex)", 1), ("256:\(hex)", 1), ("01:\(hex)", 1), ("-1:\(hex)", 1), ("x:\(hex)", 1), (":\(hex)", 1),
      ("1:\(hex):\(hex)", 1), ("1:\(hex),", 2), (",1:\(hex)", 1), ("1:\(hex),1:\(hex)", 2), ("1:\(hex), 2:\(hex)", 2),
      ("1:\(hex)\n", 1), ("1:\(String(repeating: "00", count: 1025))", 1), ("1000:\(hex)", 1),
    ] as [(String, Int)])
  func problems(text: String, position: Int) {
    let problem = #expect(throws: PseudonymKeyring.Problem.self) { try PseudonymKeyring(text) }
    #expect(problem?.position == position)
    #expect(problem?.description.contains("0123456789abcdef") == false)
  }

  @Test("neither description nor dump nor mirror shows a key")
  func secrecy() throws {
    let keyring = try PseudonymKeyring("1:\(Self.hex)")
    let pseudonymizer = try Pseudonymizer(keyring)
    var texts = [String(describing: keyring), String(reflecting: keyring), String(reflecting: pseudonymizer)]
    for value: Any in [keyring, pseudonymizer, [keyring], Optional(keyring) as Any] {
      var text = ""
      dump(value, to: &text)
      texts.append(text + "\(value)")
    }
    for text in texts {
      let text = text.lowercased()
      #expect(!text.contains("0123"))
      #expect(!text.contains("171"))  // 0xab
      #expect(!text.contains("secret"))
    }
  }

  @Test("a pseudonym is HMAC-SHA-256 of company, a zero byte and identifier, under each key")
  func values() throws {
    let pseudonymizer = try Pseudonymizer(try PseudonymKeyring(testKeys))
    let company = try #require(CompanyID("comp-123"))
    let identifier = Array("patient-7".utf8)
    let message = Array("comp-123\0patient-7".utf8)
    for _ in 0..<2 {
      let pseudonyms = try pseudonymizer.pseudonyms(company: company, identifier: identifier.span)
      let newer = try HMACSHA256(key: bytes("fedcba9876543210")).authenticate(message)
      let older = try HMACSHA256(key: bytes("0123456789abcdef")).authenticate(message)
      #expect(pseudonyms.newest == Pseudonym(keyID: 2, hash: newer))
      #expect(pseudonyms.older == [Pseudonym(keyID: 1, hash: older)])
    }
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    let once = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    return Array(repeatElement(once, count: 4).joined())
  }

  @Test("one person has different pseudonyms in two companies, and no two splits of the text are one person")
  func separation() throws {
    let pseudonymizer = try Pseudonymizer(try PseudonymKeyring(testKeys))
    func pseudonym(_ company: String, _ identifier: String) throws -> Pseudonym {
      let bytes = Array(identifier.utf8)
      return try pseudonymizer.pseudonyms(company: #require(CompanyID(company)), identifier: bytes.span).newest
    }
    let all = try [pseudonym("a", "bc"), pseudonym("ab", "c"), pseudonym("a", "bd"), pseudonym("b", "bc")]
    #expect(Set(all).count == all.count)
  }

  @Test("nothing of a person or of an ignored field is in what the decoder returns or throws")
  func privacy() throws {
    let decoder = try makeDecoder()
    let secret = "Jane-Doe-1970"
    let good = body(#","userId":"\#(secret)","subjectId":"\#(secret)","patientName":"\#(secret)""#)
    let event = try decoder.decode(good, now: testNow, metrics: testMetrics)
    var text = ""
    dump(event, to: &text)
    #expect(!(text + "\(event)" + String(reflecting: event)).contains("Jane"))
    for field in [
      "\"userId\":[\"\(secret)\"]", "\"userId\":\"\(secret)\\n\"", "\"subjectId\":{\"a\":\"\(secret)\"}",
      "\"\(secret)\":1,\"\(secret)\":2", "\"metadata\":\"\(secret)\"",
      "\"reason\":\"\(secret)\",\"usageType\":\"\(secret)\"",
      "\"metadata\":{\"\(secret)\":1,\"\(secret)\":2}", "\(secret)",
    ] {
      let error = #expect(throws: BadMessage.self) {
        try decoder.decode(body("," + field), now: testNow, metrics: testMetrics)
      }
      var text = error.map { "\($0)" + $0.detail } ?? ""
      dump(error, to: &text)
      #expect(!text.contains("Jane"))
    }
  }
}
