import Testing

@testable import Ledger

@Suite struct PersonalDataRuleTests {
  @Test(
    "ids that look like a person's data are refused",
    arguments: [
      "jane@example.org", "123-45-6789", "123456789", "smith-123-45-6789", "555-123-4567", "5551234567",
      "1.555.123.4567", "555-4567", "1970-01-31", "31.01.1970", "1-31-1970", "19700131", "jones-1970-01-31",
      "jones-555-123-4567", "MRN-48151623", "mrn48151623", "ssn:1", "lab-patient-42", "dob-1970",
    ])
  func refused(text: String) {
    #expect(PersonalDataRule.problem(in: text) != nil)
  }

  @Test(
    "ids of companies are not",
    arguments: [
      "comp-123", "org:4711", "lab-2024", "1001", "12345678", "acme.eu-west-1", "group-10-20-30",
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "v2025-1", "acme-20240131", "a1b2c3d4e5f6", "inpatient-care",
      "patients-first-2", "mrna-lab-7", "mrn",
    ])
  func allowed(text: String) {
    #expect(PersonalDataRule.problem(in: text) == nil)
  }
}
