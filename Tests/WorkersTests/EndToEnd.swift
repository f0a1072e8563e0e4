import Testing

/// Tests with the real program, broker and database. One at a time: they start and kill processes, and wait.
@Suite("End to end", .enabled(if: Scene.isAvailable), .serialized)
struct EndToEnd {}
