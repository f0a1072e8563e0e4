import Billing
import PostgreSQL

extension CatalogStore {
  /// Refuses a catalog beside which a company's own price or quota would lose its meaning: a price beside tiers, or terms
  /// that Stripe cannot express. What is agreed with a company is never dropped in silence.
  ///
  /// - Throws: `catalog` with every such rate of every company.
  static func checkOverrides(
    beside catalog: Catalog, _ connection: Connection, today: CivilDate
  ) throws(AdministrationError) {
    let mistakes = try administration { () throws(LedgerError) in
      try database { () throws(PostgreSQLError) in try overrideMistakes(catalog, connection, today: today) }
    }
    guard mistakes.isEmpty else { throw .catalog(CatalogMistakes(mistakes)) }
  }

  private static func overrideMistakes(
    _ catalog: Catalog, _ connection: Connection, today: CivilDate
  ) throws(PostgreSQLError) -> [CatalogMistake] {
    // The last version of each: own rates begin on the day they are set, never later.
    let rows = try connection.query(
      """
      SELECT DISTINCT ON (r.company_id, r.metric)
        r.company_id, c.plan_id, r.metric, r.effective_from, r.unit_price, r.included
      FROM billing.company_rates r JOIN billing.companies c ON c.company_id = r.company_id
      WHERE c.plan_id IS NOT NULL
      ORDER BY r.company_id, r.metric, r.effective_from DESC
      """)
    var mistakes: [CatalogMistake] = []
    for row in rows {
      let company: CompanyID = try row.decode(at: 0)
      guard let plan = catalog.plan(try row.decode(at: 1)) else { continue }
      let own = RateOverride(
        metric: try row.decode(at: 2), effectiveFrom: try row.decode(at: 3), unitPrice: try row.decode(at: 4),
        included: try row.decode(at: 5))
      mistakes += plan.mistakes(of: own, from: today, at: "companies.\(company).rates.\(own.metric)")
    }
    return mistakes
  }
}
