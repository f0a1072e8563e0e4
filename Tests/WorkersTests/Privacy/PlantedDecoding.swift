/// Undoes the encodings that text goes through, wherever they stand in a text.
enum PlantedDecoding {
  /// JSON's escapes.
  static func unescaped(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var units: [UInt16] = []
    var index = 0
    while index < text.count {
      if text[index] == UInt8(ascii: "\\"), index + 5 < text.count, text[index + 1] == UInt8(ascii: "u"),
        let unit = number(text[(index + 2)..<(index + 6)])
      {
        units.append(unit)
        index += 6
        continue
      }
      result += Array(String(decoding: units, as: UTF16.self).utf8)
      units.removeAll()
      // Of the short ones only the sign itself matters: no planted text has a line break.
      if text[index] == UInt8(ascii: "\\"), index + 1 < text.count { index += 1 }
      result.append(text[index])
      index += 1
    }
    return result + Array(String(decoding: units, as: UTF16.self).utf8)
  }

  /// `%41`, and `+` as a space.
  static func percentDecoded(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
        let byte = number(text[(index + 1)..<(index + 3)]).flatMap({ UInt8(exactly: $0) })
      {
        result.append(byte)
        index += 3
      } else {
        result.append(text[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : text[index])
        index += 1
      }
    }
    return result
  }

  /// Every run of base64's letters, of either alphabet, from each of the four places at which what was encoded may begin.
  static func base64(_ text: [UInt8]) -> [UInt8] {
    decodedRuns(text, values: base64Values, shortest: 8, starts: 4) { run, result in
      var bits = 0
      for (place, value) in run.enumerated() {
        bits = (bits << 6 | Int(value)) & 0xFFFF
        if place % 4 > 0 { result.append(UInt8(truncatingIfNeeded: bits >> (6 - 2 * (place % 4)))) }
      }
    }
  }

  /// Every run of hexadecimal digits, from both places at which it may begin.
  static func hexadecimal(_ text: [UInt8]) -> [UInt8] {
    decodedRuns(text, values: hexadecimalValues, shortest: 8, starts: 2) { run, result in
      for place in stride(from: run.startIndex, to: run.endIndex - 1, by: 2) {
        result.append(run[place] << 4 | run[place + 1])
      }
    }
  }

  static func isHexadecimal(_ byte: UInt8) -> Bool { hexadecimalValues[Int(byte)] != none }

  private static let none: UInt8 = 255

  private static let base64Values: [UInt8] = {
    var values = Array(repeating: none, count: 256)
    for (value, letter) in PlantedText.letters.utf8.enumerated() { values[Int(letter)] = UInt8(value) }
    for (letter, value) in [("+", 62), ("-", 62), ("/", 63), ("_", 63)] as [(Unicode.Scalar, UInt8)] {
      values[Int(letter.value)] = value
    }
    return values
  }()

  private static let hexadecimalValues: [UInt8] = {
    var values = Array(repeating: none, count: 256)
    for (value, digit) in "0123456789abcdef".utf8.enumerated() { values[Int(digit)] = UInt8(value) }
    for (value, digit) in "ABCDEF".utf8.enumerated() { values[Int(digit)] = UInt8(value + 10) }
    return values
  }()

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt16? {
    var number: UInt16 = 0
    for digit in digits {
      guard hexadecimalValues[Int(digit)] != none else { return nil }
      number = number << 4 | UInt16(hexadecimalValues[Int(digit)])
    }
    return number
  }

  private static func decodedRuns(
    _ text: [UInt8], values: [UInt8], shortest: Int, starts: Int,
    decode: (ArraySlice<UInt8>, inout [UInt8]) -> Void
  ) -> [UInt8] {
    var result: [UInt8] = []
    var run: [UInt8] = []
    var decoded: [UInt8] = []
    func end() {
      if run.count >= shortest {
        for start in 0..<starts {
          decoded.removeAll(keepingCapacity: true)
          decode(run[start...], &decoded)
          appendLegible(decoded, to: &result)
        }
      }
      run.removeAll(keepingCapacity: true)
    }
    for byte in text {
      let value = values[Int(byte)]
      if value == none { end() } else { run.append(value) }
    }
    end()
    return result
  }

  /// Stretches that could be text. Most runs are encodings of nothing, and what they decode to is rubbish.
  private static func appendLegible(_ bytes: [UInt8], to result: inout [UInt8]) {
    var start = 0
    var index = 0
    func end() {
      if index - start >= shortestText { result += bytes[start..<index] + [UInt8(ascii: "\n")] }
    }
    while index < bytes.count {
      let length = characterLength(bytes, at: index)
      if length == 0 {
        end()
        start = index + 1
      }
      index += max(1, length)
    }
    end()
  }

  private static let shortestText = 6

  /// Bytes of the character in UTF-8 that begins there; 0 where none does, or a control character.
  private static func characterLength(_ bytes: [UInt8], at index: Int) -> Int {
    let length =
      switch bytes[index] {
      case 0x20..<0x7F: 1
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 0
      }
    guard index + length <= bytes.count else { return 0 }
    return bytes[index..<(index + length)].dropFirst().allSatisfy { $0 & 0xC0 == 0x80 } ? length : 0
  }
}
