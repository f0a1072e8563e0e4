import Billing
import Foundation
import JSON
import Messages

let testChargeKinds = ["setup_fee", "adjustment", "credit"].compactMap { ChargeKind($0) }

/// The text of a file in the package's folder `schemas`.
func schemaText(_ file: String) throws -> [UInt8] {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return Array(try Data(contentsOf: root.appending(path: "schemas/\(file)")))
}

/// The table of procedure codes that the product comes with.
func procedureCodes() throws -> ProcedureCodeTable {
  try ProcedureCodeDocument.decode(schemaText("procedure-codes.json"))
}

func makeOrderDecoder(keys: String = testKeys) throws -> OrderEventDecoder {
  try OrderEventDecoder(keyring: PseudonymKeyring(keys), maximumAge: 400, codes: procedureCodes())
}

extension OrderEventDecoder {
  func decode(_ body: [UInt8]) throws(BadMessage) -> OrderEvent {
    try decode(body, now: testNow, chargeKinds: testChargeKinds)
  }

  func decode(_ body: String) throws(BadMessage) -> OrderEvent { try decode(Array(body.utf8)) }
}

/// A message of `type` with its object, `"order":{"orderId":"o"}` say.
func orderMessage(
  _ type: String, eventID: String = "e-1", company: String = "comp-123",
  at occurredAt: String = "2025-01-15T12:00:00Z", _ object: String
) -> String {
  #"{"eventId":"\#(eventID)","type":"\#(type)","companyId":"\#(company)","occurredAt":"\#(occurredAt)",\#(object)}"#
}
