// swift-tools-version: 6.2

import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "usage-billing",
  targets: [
    // The C libraries, as Debian packages them.
    .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
    .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CMicroHTTP", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "CSimdJSON", cxxSettings: [.define("SIMDJSON_EXCEPTIONS", to: "0")],
      linkerSettings: [.linkedLibrary("simdjson")]),

    // Small Swift faces of them, useful to anyone.
    .target(name: "AMQP", dependencies: ["CRabbitMQ"], swiftSettings: strict),
    .target(name: "PostgreSQL", dependencies: ["CPostgreSQL"], swiftSettings: strict),
    .target(name: "HTTP", dependencies: ["CCurl", "CMicroHTTP"], swiftSettings: strict),
    .target(name: "Crypto", dependencies: ["CCrypto"], swiftSettings: strict),
    .target(name: "JSON", dependencies: ["CSimdJSON"], swiftSettings: strict),
    .target(name: "Compression", dependencies: ["CZstd"], swiftSettings: strict),

    // The product: the pure domain, its wire formats, the ledger, the workers, and what operating them takes.
    .target(name: "Billing", swiftSettings: strict),
    .target(name: "Messages", dependencies: ["Billing", "JSON", "Crypto"], swiftSettings: strict),
    .target(name: "Faults", swiftSettings: strict),
    .target(name: "Operations", dependencies: ["JSON", "HTTP"], swiftSettings: strict),
    .target(name: "Storage", dependencies: ["Billing", "PostgreSQL"], swiftSettings: strict),
    .target(
      name: "Audit", dependencies: ["Billing", "Crypto", "JSON", "PostgreSQL", "Storage"], swiftSettings: strict),
    .target(
      name: "Outbox", dependencies: ["Billing", "JSON", "PostgreSQL", "Storage", "Faults"], swiftSettings: strict),
    .target(
      name: "Ledger",
      dependencies: ["Audit", "Billing", "Messages", "PostgreSQL", "Storage", "Outbox", "Faults"],
      swiftSettings: strict),
    .target(
      name: "Invoicing", dependencies: ["Billing", "Ledger", "Outbox", "PostgreSQL", "Storage", "Faults"],
      swiftSettings: strict),
    .target(
      name: "Retention",
      dependencies: [
        "Audit", "Billing", "Compression", "Crypto", "Faults", "JSON", "Ledger", "PostgreSQL", "Storage",
      ], swiftSettings: strict),
    .target(name: "Stripe", dependencies: ["Billing", "Outbox", "HTTP", "JSON"], swiftSettings: strict),
    // A Stripe for demos and tests. It knows nothing of how the product talks to Stripe: it is there to judge it.
    .target(name: "StripeSimulator", dependencies: ["HTTP", "JSON"], swiftSettings: strict),
    .target(
      name: "Workers",
      dependencies: [
        "AMQP", "PostgreSQL", "HTTP", "JSON", "Audit", "Billing", "Messages", "Faults", "Ledger", "Outbox", "Invoicing",
        "Retention", "Stripe", "Operations",
      ], swiftSettings: strict),
    .executableTarget(
      name: "usage-billing",
      dependencies: [
        "AMQP", "PostgreSQL", "HTTP", "JSON", "Billing", "Messages", "Audit", "Ledger", "Outbox", "Invoicing",
        "Retention", "Stripe", "StripeSimulator", "Workers", "Operations", "Faults",
      ], swiftSettings: strict),

    // The outbox without Stripe, for measurements of scripts/bench.
    .executableTarget(
      name: "outbox-bench", dependencies: ["Outbox", "Ledger", "PostgreSQL", "JSON"], swiftSettings: strict),
    // Reports within one process, for the same.
    .executableTarget(
      name: "reports-bench", dependencies: ["Ledger", "Billing", "PostgreSQL", "JSON"], swiftSettings: strict),

    // Tests. Suites that need a server are told where one is by AMQP_URL and DATABASE_URL.
    // What tests of any target may use: it knows nothing of the product, and needs no server.
    .target(name: "TestBasics", path: "Tests/TestBasics", swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: ["AMQP", "PostgreSQL", "JSON", "Ledger", "Invoicing", "Workers", "Operations", "TestBasics"],
      path: "Tests/TestSupport", swiftSettings: strict),
    // The slow computation of what is billed. It shares no code with the product: nothing of it can be imported here.
    .target(name: "YearReference", path: "Tests/YearReference", swiftSettings: strict),
    .testTarget(name: "AMQPTests", dependencies: ["AMQP", "TestBasics"], swiftSettings: strict),
    .testTarget(name: "PostgreSQLTests", dependencies: ["PostgreSQL", "TestBasics"], swiftSettings: strict),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestBasics"], swiftSettings: strict),
    .testTarget(name: "CryptoTests", dependencies: ["Crypto"], swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "TestBasics"], swiftSettings: strict),
    .testTarget(name: "CompressionTests", dependencies: ["Compression"], swiftSettings: strict),
    .testTarget(
      name: "RetentionTests",
      dependencies: [
        "Retention", "Audit", "Billing", "Compression", "Crypto", "Faults", "Ledger", "Operations", "PostgreSQL",
        "Storage", "TestBasics", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(name: "BillingTests", dependencies: ["Billing", "TestBasics"], swiftSettings: strict),
    .testTarget(
      name: "StripeSimulatorTests", dependencies: ["StripeSimulator", "HTTP", "JSON"], swiftSettings: strict),
    .testTarget(
      name: "OperationsTests", dependencies: ["Operations", "HTTP", "JSON", "TestBasics", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AuditTests", dependencies: ["Audit", "Billing", "PostgreSQL", "Storage", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PrivacyTests",
      dependencies: ["Audit", "Billing", "Messages", "Operations", "Outbox", "Stripe", "Workers", "TestSupport"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "LedgerTests",
      dependencies: ["Ledger", "Audit", "Billing", "Messages", "PostgreSQL", "Faults", "TestBasics", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "OutboxTests",
      dependencies: ["Outbox", "Billing", "Ledger", "PostgreSQL", "Storage", "Faults", "TestBasics", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "InvoicingTests",
      dependencies: ["Invoicing", "Billing", "Ledger", "Outbox", "PostgreSQL", "Storage", "Faults", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "StripeTests", dependencies: ["Stripe", "Billing", "Outbox", "HTTP", "JSON", "TestBasics"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "WorkersTests",
      dependencies: [
        "Workers", "AMQP", "HTTP", "Ledger", "Outbox", "Stripe", "StripeSimulator", "Billing", "Messages", "JSON",
        "PostgreSQL", "Operations", "Faults", "TestBasics", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "YearTests",
      dependencies: [
        "YearReference", "Billing", "Faults", "HTTP", "Invoicing", "JSON", "Ledger", "Messages", "Operations", "Outbox",
        "PostgreSQL", "Storage", "Stripe", "StripeSimulator", "Workers", "TestBasics", "TestSupport",
      ], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "usage-billing", "AMQP", "Audit", "HTTP", "JSON", "Billing", "Ledger", "Outbox", "PostgreSQL", "Storage",
        "Stripe", "StripeSimulator", "Workers", "Operations", "TestBasics", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MessagesTests", dependencies: ["Messages", "JSON", "Billing", "TestSupport"], exclude: ["Fixtures"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
