import Billing

/// An order or patient of a company. All replicas lock in this order.
struct SurrogateKey: Hashable, Comparable {
  let company: CompanyID
  let surrogate: Surrogate

  static func < (left: Self, right: Self) -> Bool {
    left.company == right.company ? left.surrogate < right.surrogate : left.company < right.company
  }
}
