import Billing
import PostgreSQL
import Storage

/// What Stripe has of our invoices.
public struct OutboxReferences {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  public func reference(of invoice: InvoiceNumber, company: CompanyID) throws(OutboxError) -> InvoiceReference? {
    try database { () throws(PostgreSQLError) in
      let rows = try connection.query(
        """
        SELECT reference, is_adopted FROM billing.outbox_references
        WHERE company_id = \(company) AND kind = 'invoice' AND own_id = \(invoice.value)
        """)
      return try rows.first.map { row throws(PostgreSQLError) in try Self.decode(row, at: 0) }
    }
  }

  /// Two columns: the reference, and whether it is adopted.
  static func decode(_ row: Row, at column: Int) throws(PostgreSQLError) -> InvoiceReference {
    let text = try row.decode(String.self, at: column)
    guard let reference = InvoiceReference(text, isAdopted: try row.decode(at: column + 1)) else {
      throw PostgreSQLError(.decoding, "a stored value is not a reference")
    }
    return reference
  }

  /// Keeps what is new. A draft that was adopted may be lost later; nothing else ever changes.
  static func insert(
    _ references: [(company: CompanyID, invoice: InvoiceNumber, reference: InvoiceReference)],
    on connection: Connection
  ) throws(PostgreSQLError) {
    guard !references.isEmpty else { return }
    let texts = references.map { $0.reference.id?.text ?? InvoiceReference.none }
    _ = try connection.update(
      """
      INSERT INTO billing.outbox_references AS r (company_id, kind, own_id, reference, is_adopted)
      SELECT n.company_id, 'invoice', n.own_id, n.reference, n.is_adopted
      FROM unnest(\(references.map(\.company)), \(references.map(\.invoice.value)), \(texts),
          \(references.map(\.reference.isAdopted)))
        AS n (company_id, own_id, reference, is_adopted)
      ON CONFLICT (company_id, kind, own_id) DO UPDATE SET reference = excluded.reference
        WHERE r.is_adopted AND excluded.reference = 'none'
      """)
  }
}
