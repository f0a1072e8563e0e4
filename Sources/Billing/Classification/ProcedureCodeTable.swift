/// Which procedure codes are standard and which are advanced imaging.
public struct ProcedureCodeTable: Sendable {
  /// In the order of their codes; none overlaps another.
  public let ranges: [ProcedureCodeRange]

  /// - Parameter ranges: in any order.
  /// - Throws: every range that is empty or shares a code with another, by its codes.
  public init(_ ranges: [ProcedureCodeRange]) throws(ProcedureCodeMistakes) {
    var mistakes: [String] = []
    for range in ranges {
      if range.from.series != range.to.series {
        mistakes.append("\(range.from) to \(range.to): must be codes of one form")
      } else if range.from > range.to {
        mistakes.append("\(range.from) to \(range.to): must go from the lesser to the greater")
      }
    }
    let sorted = ranges.sorted { $0.from < $1.from }
    // Not only neighbours: a long range reaches over short ones that lie within it.
    var furthest: ProcedureCode?
    for range in sorted {
      if let furthest, range.from <= furthest { mistakes.append("\(range.from): must be in one range only") }
      furthest = max(furthest ?? range.to, range.to)
    }
    guard mistakes.isEmpty else { throw ProcedureCodeMistakes(mistakes: mistakes) }
    self.ranges = sorted
  }

  /// The class of a code; `nil` when no range has it, or it is left out on purpose.
  public func imaging(_ code: ProcedureCode) -> ImagingClass? {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].to < code { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].from <= code ? ranges[low].imaging : nil
  }
}

/// All that is wrong with a table of procedure codes, so that it is mended in one go. Never empty when thrown.
public struct ProcedureCodeMistakes: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where, and what has to hold there.
  public let mistakes: [String]

  public init(mistakes: [String]) { self.mistakes = mistakes }

  /// One mistake a line.
  public var description: String { mistakes.joined(separator: "\n") }
}
