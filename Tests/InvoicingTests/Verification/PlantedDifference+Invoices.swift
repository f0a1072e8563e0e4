extension PlantedDifference {
  static let lines = [
    PlantedDifference(
      """
      UPDATE billing.invoice_lines SET amount = amount + 1 WHERE company_id = 'quiet' AND metric = 'call'
      """,
      "charged_amount quiet call period 2025-01-01: 0.10, 0.11",
      "line_amount quiet call period 2025-01-01 invoice 1 line 3: 0.11, 0.10",
      "invoice_total quiet period 2025-01-01 invoice 1: 441.10, 441.11"),
    PlantedDifference(
      """
      UPDATE billing.invoice_lines SET quantity = quantity + 1 WHERE company_id = 'quiet'
      AND metric = 'call'
      """,
      "charged_quantity quiet call period 2025-01-01: 1, 2",
      "line_total quiet call period 2025-01-01 invoice 1 line 3: 1, 2"),
    PlantedDifference(
      """
      UPDATE billing.invoice_lines SET total_quantity = total_quantity + 1 WHERE company_id = 'quiet'
      AND metric = 'order' AND kind = 'late'
      """,
      "line_total quiet order period 2025-01-01 invoice 4 line 30: 1301, 1300",
      "line_amount quiet order period 2025-01-01 invoice 4 line 30: 5.00, 5.10",
      "line_records quiet order period 2025-01-01 invoice 4 line 30: 1301, 1300"),
    PlantedDifference(
      """
      UPDATE billing.invoice_lines SET total_line = 3 WHERE company_id = 'quiet' AND metric = 'order'
      AND kind = 'late'
      """,
      "line_numbers quiet order period 2025-01-01: 1 3, 1 2"),
    PlantedDifference(
      """
      DELETE FROM billing.invoice_lines WHERE company_id = 'quiet' AND metric = 'level' AND kind = 'late'
      """,
      "line_count quiet level period 2025-01-01: 2 lines, 1 lines",
      "charged_quantity quiet level period 2025-01-01: 2, 7",
      "charged_amount quiet level period 2025-01-01: 2.00, 7.00",
      "invoice_total quiet period 2025-02-01 invoice 4: 197.80, 202.80"),
    PlantedDifference(
      """
      UPDATE billing.invoice_lines SET days = 10 WHERE company_id = 'quiet' AND kind = 'base_fee'
      AND period_start = '2025-01-01'
      """,
      "base_fee quiet period 2025-01-01 invoice 1 line 1: 199.00, 64.19"),
    PlantedDifference(
      """
      UPDATE billing.invoice_line_subjects SET amount = amount + 1 WHERE company_id = 'quiet'
      AND place = 2
      """,
      "parts_amount quiet scan period 2025-01-01 invoice 1 line 8: 8.01, 8.00"),
    PlantedDifference(
      """
      UPDATE billing.invoice_line_subjects SET quantity = quantity + 1 WHERE company_id = 'quiet'
      AND place = 2
      """,
      "parts_quantity quiet scan period 2025-01-01 invoice 1 line 8: 5, 4"),
    PlantedDifference(
      """
      DELETE FROM billing.invoice_line_subjects WHERE company_id = 'quiet'
      """,
      "parts_quantity quiet scan period 2025-01-01 invoice 1 line 8: no parts, 4",
      "parts_quantity quiet scan period 2025-01-01 invoice 4 line 34: no parts, -1"),
  ]

  static let invoices = [
    PlantedDifference(
      """
      UPDATE billing.invoices SET total = total - 1 WHERE company_id = 'quiet'
      AND period_start = '2025-01-01'
      """,
      "invoice_total quiet period 2025-01-01 invoice 1: 441.09, 441.10"),
    PlantedDifference(
      """
      UPDATE billing.invoices SET currency = 'eur' WHERE company_id = 'quiet'
      AND period_start = '2025-01-01'
      """,
      "charge_amount quiet period 2025-01-01 invoice 1 line 9 charge 1: -5.00 eur, -5.00 usd"),
    PlantedDifference(
      """
      INSERT INTO billing.invoices (company_id, invoice_no, type, state, route, period_start, period_end,
      currency, total)
      VALUES ('quiet', 8, 'one_off', 'open', 'n', '2025-01-01', '2025-02-01', 'usd', 0);
      UPDATE billing.invoice_numbers SET last = 8
      """,
      "invoice_empty quiet period 2025-01-01 invoice 8: 0.00, lines",
      "invoice_numbers: no invoice, 7"),
    PlantedDifference(
      """
      UPDATE billing.invoice_numbers SET last = last + 2
      """,
      "invoice_numbers: no invoice, 7 to 8"),
    PlantedDifference(
      """
      UPDATE billing.invoice_numbers SET last = 5
      """,
      "invoice_numbers: last number 5, last number 6"),
    PlantedDifference(
      """
      UPDATE billing.billing_periods SET closed_at = NULL WHERE company_id = 'quiet'
      AND period_start = '2025-01-01'
      """,
      "closing_order quiet period 2025-01-01: open, closed before 2025-02-01",
      "open_period quiet period 2025-01-01 invoice 1: an invoice, a closed period"),
  ]

  static let told = [
    PlantedDifference(
      """
      UPDATE billing.meter_reports SET reported = reported + 1 WHERE company_id = 'subscribed'
      AND metric = 'order' AND period_start = '2025-01-01'
      """,
      "reported_quantity subscribed order period 2025-01-01: 1251, 1250"),
    PlantedDifference(
      """
      UPDATE billing.meter_reports SET itemized = itemized + 1 WHERE company_id = 'subscribed'
      AND metric = 'order' AND period_start = '2025-01-01'
      """,
      "itemized_price subscribed order period 2025-01-01: 5.00, 5.10"),
    PlantedDifference(
      """
      UPDATE billing.meter_reports SET itemized_amount = itemized_amount + 1
      WHERE company_id = 'subscribed' AND metric = 'order' AND period_start = '2025-01-01'
      """,
      "itemized_price subscribed order period 2025-01-01: 5.01, 5.00",
      "itemized_amount subscribed order period 2025-01-01: 5.01, 5.00"),
    PlantedDifference(
      """
      DELETE FROM billing.meter_reports WHERE company_id = 'subscribed' AND metric = 'assessment'
      """,
      "itemized_amount subscribed assessment period 2025-01-01: 0.00, 100.00"),
    PlantedDifference(
      """
      UPDATE billing.outbox_entries SET effect = replace(effect, '"amount":800', '"amount":801')
      WHERE company_id = 'told'
      """,
      "entry_amount told scan period 2025-01-01 invoice 3 line 26: 8.01 usd, 8.00 usd",
      "itemized_amount told scan period 2025-01-01: 6.00, 6.01"),
    PlantedDifference(
      """
      UPDATE billing.outbox_entries
      SET effect = replace(effect, '"amount":19900,"currency":"usd"', '"amount":19900,"currency":"eur"')
      WHERE company_id = 'told'
      """,
      "entry_amount told period 2025-01-01 invoice 3 line 19: 199.00 eur, 199.00 usd",
      "entry_amount told period 2025-02-01 invoice 6 line 42: 199.00 eur, 199.00 usd"),
    PlantedDifference(
      """
      DELETE FROM billing.outbox_entries WHERE company_id = 'told' AND kind = 'invoice_item'
      AND effect LIKE '%"scan"%'
      """,
      "missing_entry told scan period 2025-01-01 invoice 3 line 26: #, an entry of the outbox",
      "missing_entry told scan period 2025-01-01 invoice 6 line 48: #, an entry of the outbox",
      "itemized_amount told scan period 2025-01-01: 6.00, 0.00"),
    PlantedDifference(
      """
      DELETE FROM billing.outbox_entries WHERE company_id = 'told' AND kind = 'finalize_invoice'
      """,
      "missing_entry told period 2025-01-01 invoice 3: #, the end of its draft",
      "missing_entry told period 2025-02-01 invoice 6: #, the end of its draft"),
    PlantedDifference(
      """
      DELETE FROM billing.outbox_entries WHERE company_id = 'subscribed' AND kind = 'meter_event'
      AND ordering_key = 'meter:order'
      """,
      "reported_quantity subscribed order period 2025-02-01: 8, 0"),
    PlantedDifference(
      """
      INSERT INTO billing.outbox_entries (entry_id, company_id, ordering_key, kind, effect)
      SELECT gen_random_uuid(), company_id, ordering_key, kind, effect FROM billing.outbox_entries
      WHERE company_id = 'told' AND effect LIKE '%"charge"%'
      """,
      "entry_without_line told charge 3: -5.00 usd, a line"),
    PlantedDifference(
      """
      UPDATE billing.invoice_lines SET entry_id = NULL WHERE company_id = 'told' AND kind = 'charge'
      """,
      "missing_entry told period 2025-01-01 invoice 3 line 27 charge 3: none, -5.00",
      "entry_without_line told charge 3: -5.00 usd, a line"),
    PlantedDifference(
      """
      UPDATE billing.invoice_lines SET route = 'm', entry_id = NULL WHERE company_id = 'told'
      AND metric = 'scan' AND kind = 'usage'
      """,
      "itemized_amount told scan period 2025-01-01: -2.00, 6.00"),
    PlantedDifference(
      """
      UPDATE billing.outbox_history SET effect = replace(effect, '1250', '1251')
      WHERE ordering_key = 'meter:order'
      """,
      "reported_quantity subscribed order period 2025-01-01: 1250, 1251",
      "reported_quantity told order period 2025-01-01: 1250, 1251"),
  ]
}
