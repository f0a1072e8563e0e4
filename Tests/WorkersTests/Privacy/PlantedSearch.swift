import Glibc

/// Looks for planted data in what left: as it is, and behind the encodings that text goes through on its way, in either
/// case.
struct PlantedSearch {
  private struct Needle {
    let token: String
    let length: Int
    /// Nine digits in a row stand in longer numbers by chance, so that those of a person must stand alone.
    let isNumber: Bool
  }

  private let needles: [Needle]

  init(_ tokens: some Sequence<String>) {
    needles = Set(tokens.map { $0.lowercased() }).sorted().map { token in
      Needle(token: token, length: token.utf8.count, isNumber: token.allSatisfy { ("0"..."9").contains($0) })
    }
  }

  /// The planted tokens that the text holds, in small letters.
  func tokens(in text: String) -> [String] { tokens(in: Array(text.utf8)) }

  func tokens(in text: [UInt8]) -> [String] {
    let readings = String(decoding: Self.readings(of: text).map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
    let haystack = readings.lowercased().utf8CString
    return needles.filter { Self.holds(haystack, $0) }.map(\.token)
  }

  /// The text and what it becomes when it is decoded, up to base64 in base64, apart from each other.
  private static func readings(of text: [UInt8]) -> [UInt8] {
    var all = text
    var latest = [text]
    for _ in 0..<2 {
      let ways = [
        PlantedDecoding.unescaped, PlantedDecoding.percentDecoded, PlantedDecoding.base64, PlantedDecoding.hexadecimal,
      ]
      latest = latest.flatMap { reading in ways.map { $0(reading) }.filter { $0 != reading && !$0.isEmpty } }
      for reading in latest { all += [UInt8(ascii: "\n")] + reading }
    }
    return all
  }

  private static func holds(_ haystack: ContiguousArray<CChar>, _ needle: Needle) -> Bool {
    haystack.withUnsafeBufferPointer { haystack in
      guard let start = haystack.baseAddress else { return false }
      var from = start
      while let found = strstr(from, needle.token) {
        let position = UnsafePointer(found) - start
        // What ends the text stands behind it.
        let neighbours = [position > 0 ? haystack[position - 1] : 0, haystack[position + needle.length]]
        guard needle.isNumber, neighbours.contains(where: { PlantedDecoding.isHexadecimal(UInt8(bitPattern: $0)) })
        else { return true }
        from = start + position + 1
      }
      return false
    }
  }
}
