import Billing

/// One company's daily totals over some stretch of time, and how they become a total of several days.
struct DailyUsage {
  /// On which day a subject was seen, and by which pseudonyms.
  struct Sighting {
    let day: CivilDate
    let subject: Pseudonym
    let former: [Pseudonym]
  }

  /// Metrics that have totals, those whose records were all taken back too.
  let totals: [MetricName: [DailyTotal]]
  /// Of `unique` metrics, ascending by day: their days' totals do not tell who was seen twice.
  let sightings: [MetricName: [Sighting]]
  let metrics: [MetricName: Metric]

  /// How the metric's total grows over `stretch`, which begins anew on its first day.
  func course(of metric: MetricName, over stretch: BillingPeriod) -> UsageCourse {
    let aggregation = metrics[metric]?.aggregation ?? .sum
    let days = (totals[metric] ?? []).filter { stretch.contains($0.day) }
    return UsageCourse(days, as: aggregation) ?? subjects(of: metric, over: stretch)
  }

  func events(of metric: MetricName, over stretch: BillingPeriod) -> Int64 {
    (totals[metric] ?? []).filter { stretch.contains($0.day) }.reduce(0) { $0 + $1.events }
  }

  /// Each metric's total of the stretch.
  func usage(over stretch: BillingPeriod) -> [MetricUsage] {
    totals.keys.compactMap { metric in
      let course = course(of: metric, over: stretch)
      guard course.hasUsage(through: stretch.lastDay) else { return nil }
      return MetricUsage(
        metric: metric, quantity: course.total(through: stretch.lastDay), events: events(of: metric, over: stretch))
    }
  }

  /// A subject seen before and after a change of keys has two pseudonyms, which a row that knows both ties together.
  private func subjects(of metric: MetricName, over stretch: BillingPeriod) -> UsageCourse {
    var identities = SubjectIdentities()
    var points: [UsageCourse.Point] = []
    for sighting in sightings[metric] ?? [] where stretch.contains(sighting.day) {
      identities.add(sighting.subject, former: sighting.former)
      if points.last?.day == sighting.day { points.removeLast() }
      points.append(UsageCourse.Point(day: sighting.day, total: Quantity(identities.count)))
    }
    return UsageCourse(points)
  }
}
