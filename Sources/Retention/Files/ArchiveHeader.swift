import Billing
import JSON

/// The first line of an archive: what it is, so that whoever finds it in ten years can read it.
struct ArchiveHeader: Equatable {
  struct Column: Hashable {
    let name: String
    /// As PostgreSQL names it.
    let type: String
  }

  /// Of this layout; another one has another number.
  static let version = 1
  private static let format = "usage-billing ledger month"
  /// More than any header has.
  static let mostBytes = 64 * 1024

  let month: CivilDate
  let columns: [Column]
  let rows: Int64

  /// With its line break.
  var line: [UInt8] {
    var json = JSONWriter()
    json.object {
      $0.field("format", Self.format)
      $0.field("version", Self.version)
      $0.field("month", month.monthText)
      $0.field("table", "billing.ledger")
      $0.key("columns")
      $0.array { array in
        for column in columns {
          array.object {
            $0.field("name", column.name)
            $0.field("type", column.type)
          }
        }
      }
      $0.field("rows", number: String(rows))
      $0.field("encoding", "PostgreSQL COPY text, UTF-8, times in UTC")
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }

  init(month: CivilDate, columns: [Column], rows: Int64) {
    (self.month, self.columns, self.rows) = (month, columns, rows)
  }

  /// - Throws: what is wrong with it.
  init(line: [UInt8]) throws(Unreadable) {
    guard let json = try? JSONValue.parse(line), case .string(Self.format)? = json["format"] else {
      throw Unreadable(reason: "it is no archive of a ledger's month")
    }
    guard case .number("\(Self.version)")? = json["version"] else {
      throw Unreadable(reason: "it has another format than version \(Self.version)")
    }
    guard case .string(let text)? = json["month"], let month = CivilDate(text + "-01"),
      case .number(let digits)? = json["rows"], let rows = Int64(digits), rows >= 0,
      case .array(let members)? = json["columns"], !members.isEmpty
    else { throw Unreadable(reason: "its first line is damaged") }
    var columns: [Column] = []
    for member in members {
      guard case .string(let name)? = member["name"], case .string(let type)? = member["type"] else {
        throw Unreadable(reason: "its first line is damaged")
      }
      columns.append(Column(name: name, type: type))
    }
    self.init(month: month, columns: columns, rows: rows)
  }

  struct Unreadable: Error {
    let reason: String
  }
}

/// The last line: the SHA-256 of all before it, uncompressed. Always as long.
struct ArchiveTrailer: Equatable {
  static let byteCount = 78

  let line: [UInt8]

  init(checksum: [UInt8]) { line = Array("{\"sha256\":\"\(Hexadecimal.text(checksum))\"}\n".utf8) }
}
