import Billing
import PostgreSQL
import Storage

/// Stripe's names of our invoices.
public struct OutboxReferences {
  private let connection: Connection

  public init(_ connection: Connection) { self.connection = connection }

  public func reference(of invoice: InvoiceNumber, company: CompanyID) throws(OutboxError) -> RemoteID? {
    try database { () throws(PostgreSQLError) in
      try connection.query(
        """
        SELECT reference FROM billing.outbox_references
        WHERE company_id = \(company) AND kind = 'invoice' AND own_id = \(invoice.value)
        """
      ).first?.decode(at: 0)
    }
  }

  /// Keeps the name, unless one is there, and releases what waited for it. Within the caller's transaction. For an invoice
  /// that Stripe made by itself, such as a subscription's draft.
  public func store(_ reference: RemoteID, of invoice: InvoiceNumber, company: CompanyID) throws(OutboxError) {
    try database { () throws(PostgreSQLError) in
      try Self.insert([(company, invoice, reference)], on: connection)
    }
    try OutboxHolds.release(company, on: connection)
  }

  static func insert(
    _ references: [(company: CompanyID, invoice: InvoiceNumber, reference: RemoteID)], on connection: Connection
  ) throws(PostgreSQLError) {
    guard !references.isEmpty else { return }
    _ = try connection.update(
      """
      INSERT INTO billing.outbox_references (company_id, kind, own_id, reference)
      SELECT n.company_id, 'invoice', n.own_id, n.reference
      FROM unnest(\(references.map(\.company)), \(references.map(\.invoice.value)), \(references.map(\.reference)))
        AS n (company_id, own_id, reference)
      ON CONFLICT DO NOTHING
      """)
  }
}
