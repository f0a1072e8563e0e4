/// A change by hand, and what is to be found of it: `kind company metric place: stored, expected`.
struct PlantedDifference: CustomStringConvertible {
  let statement: String
  /// No total has changed with the records: where the period was proven before, only a full verification finds it.
  let isOfRecordsAlone: Bool
  let found: [String]

  init(_ statement: String, isOfRecordsAlone: Bool = false, _ found: String...) {
    self.statement = statement
    self.isOfRecordsAlone = isOfRecordsAlone
    self.found = found
  }

  var description: String { statement }

  static let all = records + totals + charged + lines + invoices + told

  static let records = [
    PlantedDifference(
      """
      UPDATE billing.usage_records SET counted = counted + 1 WHERE company_id = 'quiet'
      AND usage_id = 'o1'
      """,
      isOfRecordsAlone: true,
      "wrong_total quiet order day 2025-01-10: 1250 (1 events), 1251 (1 events)",
      "wrong_total quiet order period 2025-01-01: 1300 (2 events), 1301 (2 events)",
      "line_records quiet order period 2025-01-01 invoice 1 line 2: 1250, 1251",
      "line_records quiet order period 2025-01-01 invoice 4 line 30: 1300, 1301"),
    PlantedDifference(
      """
      UPDATE billing.usage_records SET after_lines = NULL WHERE company_id = 'quiet' AND usage_id = 'o2'
      """,
      isOfRecordsAlone: true,
      "line_records quiet order period 2025-01-01 invoice 1 line 2: 1250, 1300"),
    PlantedDifference(
      """
      UPDATE billing.usage_records SET after_lines = 0 WHERE company_id = 'quiet' AND usage_id = 'void:p1'
      """,
      isOfRecordsAlone: true,
      "line_records quiet peak period 2025-01-01 invoice 1 line 4: 5, 4"),
    PlantedDifference(
      """
      UPDATE billing.usage_records SET after_lines = 0 WHERE company_id = 'quiet'
      AND usage_id IN ('l2', 'v3')
      """,
      isOfRecordsAlone: true,
      "line_records quiet level period 2025-01-01 invoice 1 line 5: 7, 2",
      "line_records quiet people period 2025-01-01 invoice 1 line 6: 2, 3"),
  ]

  private static let totals = [
    PlantedDifference(
      """
      UPDATE billing.usage_daily SET quantity = quantity + 1 WHERE company_id = 'quiet'
      AND metric = 'order' AND day = '2025-01-10'
      """,
      "wrong_total quiet order day 2025-01-10: 1251 (1 events), 1250 (1 events)"),
    PlantedDifference(
      """
      UPDATE billing.usage_periods SET quantity = quantity + 1 WHERE company_id = 'quiet'
      AND metric = 'scan'
      """,
      "wrong_total quiet scan period 2025-01-01: 4 (3 events), 3 (3 events)"),
    PlantedDifference(
      """
      UPDATE billing.usage_periods SET charged_lines = 1 WHERE company_id = 'quiet' AND metric = 'order'
      AND period_start = '2025-01-01'
      """,
      "charged_lines quiet order period 2025-01-01: 1 lines, 2 lines"),
    PlantedDifference(
      """
      DELETE FROM billing.usage_periods WHERE company_id = 'quiet' AND metric = 'call'
      """,
      "missing_total quiet call period 2025-01-01: -, 1 (1 events)",
      "charged_lines quiet call period 2025-01-01: 0 lines, 1 lines",
      "charge_without_total quiet call period 2025-01-01: 1, no total"),
  ]

  private static let charged = [
    PlantedDifference(
      """
      UPDATE billing.metric_charges SET charged_quantity = charged_quantity - 1 WHERE company_id = 'quiet'
      AND metric = 'order' AND period_start = '2025-01-01'
      """,
      "charged_quantity quiet order period 2025-01-01: 1299, 1300",
      "charged_price quiet order period 2025-01-01: 130.00, 129.90"),
    PlantedDifference(
      """
      UPDATE billing.metric_charges SET charged_amount = charged_amount + 1 WHERE company_id = 'quiet'
      AND metric = 'assessment'
      """,
      "charged_amount quiet assessment period 2025-01-01: 100.01, 100.00",
      "charged_price quiet assessment period 2025-01-01: 100.01, 100.00"),
    PlantedDifference(
      """
      UPDATE billing.metric_charges SET lines = 3 WHERE company_id = 'quiet' AND metric = 'peak'
      """,
      "charged_lines quiet peak period 2025-01-01: 2 lines, 3 lines",
      "line_count quiet peak period 2025-01-01: 3 lines, 2 lines"),
    PlantedDifference(
      """
      DELETE FROM billing.metric_charges WHERE company_id = 'quiet' AND metric = 'call'
      """,
      "charged_lines quiet call period 2025-01-01: 1 lines, 0 lines",
      "line_without_charge quiet call period 2025-01-01 invoice 1 line 3: 10 minor units, nothing"),
    PlantedDifference(
      """
      UPDATE billing.charges SET minor_units = -501 WHERE company_id = 'quiet'
      """,
      "charge_amount quiet period 2025-01-01 invoice 1 line 9 charge 1: -5.00 usd, -5.01 usd"),
    PlantedDifference(
      """
      DELETE FROM billing.charges WHERE company_id = 'quiet'
      """,
      "charge_amount quiet period 2025-01-01 invoice 1 line 9 charge 1: -5.00 usd, no such charge"),
    PlantedDifference(
      """
      INSERT INTO billing.company_rates (company_id, metric, effective_from, unit_price)
      VALUES ('quiet', 'call', '2024-01-01', 0.20)
      """,
      "charged_price quiet call period 2025-01-01: 0.10, 0.20",
      "line_amount quiet call period 2025-01-01 invoice 1 line 3: 0.10, 0.20"),
  ]
}
