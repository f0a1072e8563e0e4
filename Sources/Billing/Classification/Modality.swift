/// The class of imaging that a modality's name tells: codes of DICOM, and the names that people use.
///
/// Names are found as whole words, or pairs of them, in either case: `CT Chest` and `PET/CT` name CT, `Ductogram` does
/// not. Where several are named, the advanced one decides.
public enum Modality {
  /// `nil` when no name in `text` (UTF-8) is known.
  public static func imaging(_ text: Span<UInt8>) -> ImagingClass? {
    var isStandard = false
    var isWeaklyAdvanced = false
    var previous = ""
    var start = 0
    while start < text.count {
      let separator = separatorLength(text, at: start)
      guard separator == 0 else {
        start += separator
        continue
      }
      var end = start + 1
      while end < text.count, separatorLength(text, at: end) == 0 { end += 1 }
      // No name is that long; passing over such words bounds the work.
      let word = end - start <= ModalityNames.longestWord ? lowercased(text.extracting(start..<end)) : ""
      let pair = previous + " " + word
      func isNamed(in names: Set<String>) -> Bool { names.contains(word) || names.contains(pair) }
      if isNamed(in: ModalityNames.advanced) { return .advanced }
      if isNamed(in: ModalityNames.standard) { isStandard = true }
      if isNamed(in: ModalityNames.advancedUnlessOther) { isWeaklyAdvanced = true }
      previous = word
      start = end
    }
    if isStandard { return .standard }
    return isWeaklyAdvanced ? .advanced : nil
  }

  public static func imaging(_ text: String) -> ImagingClass? {
    let bytes = Array(text.utf8)
    return imaging(bytes.span)
  }

  /// How many bytes at `index` separate words; 0 where a word's byte is. Words are of letters and digits, and of all past
  /// ASCII, so that no part of a word with an accent is a name; but for the blocks of Latin-1's signs (with the space
  /// that does not break) and of general punctuation (with the long dashes).
  private static func separatorLength(_ text: Span<UInt8>, at index: Int) -> Int {
    switch text[index] {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      return 0
    case 0xC2: return 2
    case 0xE2: return index + 1 < text.count && text[index + 1] | 1 == 0x81 ? 3 : 0
    case 0x80...: return 0
    default: return 1
    }
  }

  /// With ASCII's letters, and Ö, made small: no other is in a name.
  private static func lowercased(_ word: Span<UInt8>) -> String {
    String(unsafeUninitializedCapacity: word.count) { buffer in
      for index in word.indices {
        var byte = word[index]
        if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { byte |= 0x20 }
        if byte == 0x96, index > 0, word[index - 1] == 0xC3 { byte = 0xB6 }
        buffer[index] = byte
      }
      return word.count
    }
  }
}
