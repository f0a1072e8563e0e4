import Billing
import JSON

/// The table of procedure codes as a JSON document, `schemas/procedure-codes.json`, which a biller can read and mend.
public enum ProcedureCodeDocument {
  /// The table that a document's text describes.
  ///
  /// - Throws: every mistake at once, each with its path in the document; those between ranges only once each range is
  ///   right by itself.
  public static func decode(_ text: [UInt8]) throws(ProcedureCodeMistakes) -> ProcedureCodeTable {
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(text)
    } catch {
      throw ProcedureCodeMistakes(mistakes: ["a JSON document, but it is \(error)"])
    }
    var fields = FieldReader()
    let ranges = ranges(document, &fields)
    guard fields.mistakes.isEmpty else { throw ProcedureCodeMistakes(mistakes: fields.mistakes.map(\.description)) }
    return try ProcedureCodeTable(ranges)
  }

  private static func ranges(_ document: JSONValue, _ fields: inout FieldReader) -> [ProcedureCodeRange] {
    let known = ["$schema", "source", "rule", "ranges", "leftOut"]
    guard let top = fields.object(document, at: "", known: known) else { return [] }
    _ = fields.required(top, "source", "where the facts are from") { $0.isEmpty ? nil : $0 }
    let ranges = fields.array(top, "ranges").map { element in
      range(element.value, at: element.path, known: ["from", "to", "imaging", "why"], &fields) { object, fields in
        fields.choice(object, "imaging", ImagingClass.self)
      }
    }
    if top.has("ranges"), ranges.isEmpty { fields.mistake("ranges", "at least one range") }
    let leftOut = fields.array(top, "leftOut").map { element in
      range(element.value, at: element.path, known: ["from", "to", "why"], &fields) { _, _ in nil }
    }
    return (ranges + leftOut).compactMap(\.self)
  }

  private static func range(
    _ value: JSONValue, at path: String, known: [String], _ fields: inout FieldReader,
    imaging: (FieldReader.Object, inout FieldReader) -> ImagingClass?
  ) -> ProcedureCodeRange? {
    guard let object = fields.object(value, at: path, known: known) else { return nil }
    let from = fields.required(object, "from", codeRule, code)
    let to = fields.required(object, "to", codeRule, code)
    let imaging = imaging(object, &fields)
    let why = fields.required(object, "why", "a word why") { $0.isEmpty ? nil : $0 }
    guard let from, let to, let why else { return nil }
    return ProcedureCodeRange(from: from, to: to, imaging: imaging, why: why)
  }

  private static let codeRule = "five digits, a capital and four digits, or four digits and a capital"

  /// A code exactly: what is forgiven in messages, modifiers say, has no meaning in a table.
  private static func code(_ text: String) -> ProcedureCode? {
    ProcedureCode(text).flatMap { $0.description == text ? $0 : nil }
  }
}
