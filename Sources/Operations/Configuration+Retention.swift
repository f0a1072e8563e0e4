extension Configuration {
  /// No month is shorter.
  private static let fewestDaysOfMonth = 28

  /// To be read after `MAX_USAGE_AGE`.
  mutating func readRetention(_ reader: inout EnvironmentReader) {
    archiveFolder = reader.folder("ARCHIVE_FOLDER")
    retentionMonths = reader.number("RETENTION_MONTHS", 1...1200)
    guard let retentionMonths else { return }
    // What may still come has to find what is there. The archive itself goes by the day.
    if retentionMonths * Self.fewestDaysOfMonth < maximumUsageAgeDays {
      let least = (maximumUsageAgeDays + Self.fewestDaysOfMonth - 1) / Self.fewestDaysOfMonth
      reader.refuse("RETENTION_MONTHS", "must be at least \(least), to cover MAX_USAGE_AGE in months of 28 days")
    }
    if archiveFolder == nil { reader.refuse("RETENTION_MONTHS", "needs ARCHIVE_FOLDER, where archives go") }
  }
}
