import Glibc

extension Metrics {
  /// Adds what every process has, under the names that Prometheus' own clients use: memory, processor time, descriptors,
  /// the start, and the release.
  ///
  /// - Parameter version: of the program.
  public func addProcess(version: StaticString) {
    let start = SystemClock.microseconds()
    sampled(.gauge, "usage_billing_build_info", "The release; always 1.", MetricLabel("version", version)) { .count(1) }
    sampled(.gauge, "process_start_time_seconds", "When the process started, since the epoch.") {
      .seconds(.microseconds(start))
    }
    sampled(.counter, "process_cpu_seconds_total", "Processor time used, of user and system.") {
      var usage = rusage()
      guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return nil }
      return .seconds(Self.duration(usage.ru_utime) + Self.duration(usage.ru_stime))
    }
    sampled(.gauge, "process_resident_memory_bytes", "Memory in use.") { Self.memory(pages: 1) }
    sampled(.gauge, "process_virtual_memory_bytes", "Address space in use.") { Self.memory(pages: 0) }
    sampled(.gauge, "process_open_fds", "Open file descriptors.") { Self.openDescriptors.map { .count($0) } }
    sampled(.gauge, "process_max_fds", "Most file descriptors that may be open.") {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
      return .count(Int(clamping: limit.rlim_cur))
    }
  }

  private static func duration(_ time: timeval) -> Duration {
    .seconds(time.tv_sec) + .microseconds(time.tv_usec)
  }

  /// - Parameter pages: which number of `/proc/self/statm`.
  private static func memory(pages field: Int) -> MetricValue? {
    guard let bytes = try? FileBytes.read("/proc/self/statm", limit: 1000) else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard fields.indices.contains(field), let pages = Int(fields[field]) else { return nil }
    return .count(pages * sysconf(Int32(_SC_PAGESIZE)))
  }

  private static var openDescriptors: Int? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Without the folder itself, its parent, and the descriptor that reads it.
    return max(count - 3, 0)
  }
}
