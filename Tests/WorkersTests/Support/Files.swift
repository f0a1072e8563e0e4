import Glibc
import TestSupport

/// Makes a file of a test's own.
func write(_ text: String, to path: String) throws {
  guard let file = fopen(path, "w") else { throw TestFailure("\(path) cannot be written") }
  defer { fclose(file) }
  guard fputs(text, file) >= 0 else { throw TestFailure("\(path) cannot be written") }
}

func remove(_ path: String) { unlink(path) }
