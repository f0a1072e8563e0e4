import Crypto
import Testing

private func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

@Suite("Crypto")
struct CryptoTests {
  @Test(
    "SHA-256 gives the values of FIPS 180-4",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func sha256(text: String, expected: String) throws {
    #expect(hex(try SHA256.hash(Array(text.utf8))) == expected)
  }

  @Test("HMAC-SHA-256 gives the values of RFC 4231, also when the context is used again")
  func hmac() throws {
    let cases: [(key: [UInt8], data: [UInt8], code: String)] = [
      (
        Array(repeating: 0x0b, count: 20), Array("Hi There".utf8),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        Array(repeating: 0xaa, count: 20), Array(repeating: 0xdd, count: 50),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
      ),
      (
        Array(repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ]
    for (key, data, code) in cases {
      let hmac = try HMACSHA256(key: key)
      for _ in 0..<3 { #expect(hex(try hmac.authenticate(data)) == code) }
    }
  }

  @Test("parts are one message, and an empty message between others changes nothing")
  func parts() throws {
    let hmac = try HMACSHA256(key: Array("Jefe".utf8))
    let whole = try hmac.authenticate(Array("what do ya want for nothing?".utf8))
    let empty = try HMACSHA256(key: Array("Jefe".utf8)).finish()
    #expect(try hmac.finish() == empty)
    for part in ["what do ya ", "", "want for nothing?"] { try hmac.update(Array(part.utf8).span) }
    #expect(try hmac.finish() == whole)
    #expect(try hmac.authenticate([]) == empty)
  }

  @Test("an empty key is refused")
  func emptyKey() {
    #expect(throws: CryptoError.self) { try HMACSHA256(key: []) }
  }

  @Test("secrets are compared by content and length")
  func comparison() {
    #expect(constantTimeEquals([], []))
    #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
  }

  @Test("random bytes come in the number asked for and do not repeat")
  func random() throws {
    #expect(try randomBytes(0) == [])
    #expect(try randomBytes(33).count == 33)
    #expect(try randomBytes(16) != randomBytes(16))
  }
}
