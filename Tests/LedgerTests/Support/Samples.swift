import Billing
import Testing

func metricName(_ text: String) throws -> MetricName { try #require(MetricName(text)) }
func quantity(_ text: String) throws -> Quantity { try #require(Quantity(text)) }
func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }
func company(_ text: String) throws -> CompanyID { try #require(CompanyID(text)) }

/// A person by key number: the same person has another pseudonym under each key.
func pseudonym(_ person: Int, key: UInt8 = 1) -> Pseudonym {
  var hash = [UInt8](repeating: key, count: 32)
  for index in 0..<8 { hash[index] = UInt8(truncatingIfNeeded: person >> (8 * index)) }
  return Pseudonym(keyID: key, hash: hash)
}

/// A person as a replica sees it that has these keys, newest first.
func person(_ person: Int, keys: [UInt8] = [1]) throws -> Pseudonyms {
  Pseudonyms(
    newest: pseudonym(person, key: try #require(keys.first)),
    older: keys.dropFirst().map { pseudonym(person, key: $0) })
}

/// The metrics of the tests' catalog: one of each aggregation.
enum Sample {
  static let catalog = """
    {"metrics": [
      {"name": "order", "unit": "order", "source": "message", "aggregation": "sum"},
      {"name": "call", "unit": "call", "source": "message", "aggregation": "count"},
      {"name": "peak", "unit": "GB", "source": "message", "aggregation": "max"},
      {"name": "level", "unit": "seat", "source": "message", "aggregation": "last"},
      {"name": "people", "unit": "person", "source": "message", "aggregation": "unique"},
      {"name": "seconds", "unit": "second", "source": "message", "aggregation": "sum", "minimumPerEvent": 30},
      {"name": "unused", "unit": "thing", "source": "message", "aggregation": "sum"},
      {"name": "radiology_standard", "unit": "order", "source": "internal", "aggregation": "sum"},
      {"name": "radiology_advanced", "unit": "order", "source": "internal", "aggregation": "sum"},
      {"name": "patient_activation", "unit": "patient", "source": "internal", "aggregation": "sum"}],
     "plans": [
      {"id": "standard", "baseFee": "199.00", "currency": "usd", "default": true, "rates": [
        {"metric": "order", "model": "per_unit", "unitPrice": "0.10", "unitSize": 1, "included": 0,
         "threshold": 10000, "levels": [0.8, 1], "billing": "stripe_meter"},
        {"metric": "peak", "model": "per_unit", "unitPrice": "1.00", "unitSize": 1, "included": 0,
         "threshold": 100, "levels": [0.8, 1], "billing": "stripe_meter"}]}],
     "chargeKinds": ["credit", "setup_fee"]}
    """

  static func metric(_ name: String) throws -> Metric {
    let aggregation: Aggregation =
      switch name {
      case "call": .count
      case "peak": .max
      case "level": .last
      case "people": .unique
      default: .sum
      }
    return Metric(
      name: try metricName(name), unit: "one", source: .message, aggregation: aggregation,
      minimumPerEvent: name == "seconds" ? Quantity(30) : nil)
  }

  static func record(
    _ id: String, _ metric: String = "order", _ quantity: String = "1", at time: String = "2025-01-15T12:00:00Z",
    company name: String = "comp", subject: Pseudonyms? = nil
  ) throws -> RecordedUsage {
    RecordedUsage(
      usageID: UsageID(trusted: id), companyID: try company(name), metric: try Sample.metric(metric),
      quantity: try #require(Quantity(quantity)), timestamp: try instant(time), subject: subject)
  }

  static func void(
    _ id: String, at time: String = "2025-01-15T12:00:00Z", company name: String = "comp", reason: String = "wrong"
  ) throws -> VoidedUsage {
    VoidedUsage(
      usageID: UsageID(trusted: id), companyID: try company(name), timestamp: try instant(time), reason: reason)
  }
}
