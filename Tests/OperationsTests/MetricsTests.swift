import Operations
import TestSupport
import Testing

@Suite struct MetricsTests {
  private struct Word: MetricLabelValue {
    let labelText: String
  }

  @Test("counters, sampled values and histograms are written in Prometheus' format")
  func format() throws {
    let metrics = Metrics()
    let failures = metrics.counter("a_failures_total", "Failures.\nSecond \\ line.", MetricLabel("kind", "one"))
    _ = metrics.counter("a_failures_total", "Failures.", MetricLabel("kind", "two"), MetricLabel("lane", 3))
    metrics.sampled(.gauge, "a_depth", "Depth.") { .count(-7) }
    metrics.sampled(.gauge, "a_age_seconds", "Age.") { .seconds(.milliseconds(1500)) }
    metrics.sampled(.gauge, "a_unknown", "Not known.") { nil }
    let sizes = metrics.histogram("a_size", "Sizes.", bounds: [1, 10])
    let times = metrics.histogram("a_time_seconds", "Times.", bounds: [.milliseconds(5)], MetricLabel("step", "write"))
    failures.add(3)
    for size in [1, 2, 10, 11] { sizes.observe(size) }
    times.observe(.microseconds(5000))
    times.observe(.seconds(2))
    let expected = """
      # HELP a_failures_total Failures.\\nSecond \\\\ line.
      # TYPE a_failures_total counter
      a_failures_total{kind="one"} 3
      a_failures_total{kind="two",lane="3"} 0
      # HELP a_depth Depth.
      # TYPE a_depth gauge
      a_depth -7
      # HELP a_age_seconds Age.
      # TYPE a_age_seconds gauge
      a_age_seconds 1.5
      # HELP a_size Sizes.
      # TYPE a_size histogram
      a_size_bucket{le="1"} 1
      a_size_bucket{le="10"} 3
      a_size_bucket{le="+Inf"} 4
      a_size_sum 24
      a_size_count 4
      # HELP a_time_seconds Times.
      # TYPE a_time_seconds histogram
      a_time_seconds_bucket{step="write",le="0.005"} 1
      a_time_seconds_bucket{step="write",le="+Inf"} 2
      a_time_seconds_sum{step="write"} 2.005
      a_time_seconds_count{step="write"} 2

      """
    #expect(metrics.text() == expected)
    _ = try PrometheusText(metrics.text())
  }

  @Test("label values are escaped")
  func escaping() throws {
    let metrics = Metrics()
    metrics.sampled(.gauge, "a", "A.", MetricLabel("word", Word(labelText: "a\"b\\c\nd}"))) { .count(1) }
    #expect(metrics.text().hasSuffix("a{word=\"a\\\"b\\\\c\\nd}\"} 1\n"))
    _ = try PrometheusText(metrics.text())
  }

  @Test("what every process has is there, and plausible")
  func process() throws {
    let metrics = Metrics()
    metrics.addProcess(version: "1.2.3")
    let text = try PrometheusText(metrics.text())
    #expect(text.value("usage_billing_build_info", ["version": "1.2.3"]) == 1)
    #expect(try #require(text.value("process_start_time_seconds")) > 1_700_000_000)
    #expect(try #require(text.value("process_resident_memory_bytes")) > 1_000_000)
    #expect(try #require(text.value("process_virtual_memory_bytes")) > 1_000_000)
    #expect(try #require(text.value("process_open_fds")) >= 3)
    #expect(try #require(text.value("process_max_fds")) > 3)
    #expect(try #require(text.value("process_cpu_seconds_total")) >= 0)
  }

  @Test("observations of many threads are all counted, and every reading is consistent")
  func concurrency() throws {
    let metrics = Metrics()
    let counter = metrics.counter("a_total", "A.")
    let sizes = metrics.histogram("a_size", "Sizes.", bounds: [1, 2, 3])
    try withThread {
      for number in 0..<50_000 {
        counter.add(1)
        sizes.observe(number % 5)
      }
    } during: {
      for number in 0..<50_000 {
        counter.add(1)
        sizes.observe(number % 5)
        if number % 1000 == 0 { _ = try PrometheusText(metrics.text()) }
      }
    }
    let text = try PrometheusText(metrics.text())
    #expect(text.value("a_total") == 100_000)
    #expect(text.value("a_size_count") == 100_000)
    #expect(text.value("a_size_sum") == 200_000)
  }
}
