import JSON

/// `v1.billing.meter.error_report_triggered` and `v1.billing.meter.no_meter_found`: what was wrong with events of a time.
struct MeterErrorReport: Sendable {
  /// `nil` where there is none.
  let meter: String?
  let errors: [MeterError]
  /// Microseconds since 1970.
  let start: Int64
  let end: Int64

  var type: String { meter == nil ? "v1.billing.meter.no_meter_found" : "v1.billing.meter.error_report_triggered" }

  /// - Parameter samples: how many events of each kind of error are named.
  func writeData(to json: inout JSONWriter, samples: Int) {
    var codes: [MeterError.Code] = []
    for error in errors where !codes.contains(error.code) { codes.append(error.code) }
    json.object {
      $0.field("developer_message_summary", "There is \(errors.count) invalid event")
      $0.key("reason")
      $0.object {
        $0.field("error_count", errors.count)
        $0.key("error_types")
        $0.array { json in
          for code in codes { json.object { writeType(code, errors.filter { $0.code == code }, samples, to: &$0) } }
        }
      }
      $0.field("validation_end", Timestamp.text(end))
      $0.field("validation_start", Timestamp.text(start))
    }
  }

  private func writeType(_ code: MeterError.Code, _ errors: [MeterError], _ samples: Int, to json: inout JSONWriter) {
    json.field("code", code.rawValue)
    json.field("error_count", errors.count)
    json.key("sample_errors")
    json.array { json in
      for error in errors.prefix(samples) {
        json.object {
          $0.field("error_message", code.message)
          $0.key("request")
          $0.object { $0.field("identifier", error.identifier) }
        }
      }
    }
  }
}
