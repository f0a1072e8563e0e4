import JSON

/// What a verification found.
public struct VerificationReport: Sendable {
  public internal(set) var companies = 0
  /// Records looked at, voids and voided ones included.
  public internal(set) var records: Int64 = 0
  /// Closed periods whose records were not read again, since their totals are what they were when they were proven.
  public internal(set) var unchangedPeriods = 0
  /// What could not be held against the ledger.
  public internal(set) var archived = ArchivedPeriods()
  /// By company, in the order of their ids; last those of none.
  public internal(set) var differences: [Difference] = []

  public init() {}

  mutating func add(_ chunk: Verification.Chunk) {
    companies += chunk.companies
    records += chunk.records
    unchangedPeriods += chunk.unchangedPeriods
    archived.add(chunk.archived)
    differences += chunk.differences
  }

  /// Whether all stands as the ledger says, now.
  public var isClean: Bool { differences.allSatisfy(\.isRepaired) }

  public func write(to json: inout JSONWriter) {
    json.object {
      $0.field("companies", companies)
      $0.field("records", Int(records))
      $0.field("unchangedPeriods", unchangedPeriods)
      $0.field("clean", isClean)
      if !archived.months.isEmpty {
        $0.key("archived")
        archived.write(to: &$0)
      }
      $0.key("differences")
      $0.array { array in for difference in differences { difference.write(to: &array) } }
    }
  }
}

extension ArchivedPeriods {
  fileprivate func write(to json: inout JSONWriter) {
    json.object {
      $0.key("months")
      $0.array { array in for month in months { array.string(month.monthText) } }
      $0.field("periods", count)
      $0.key("named")
      $0.array { array in
        for period in named {
          array.object {
            $0.field("companyId", period.company.text)
            $0.field("periodStart", period.bounds.start.description)
          }
        }
      }
    }
  }
}
