// swift-tools-version: 6.2
import PackageDescription

// Language rules that hold for every target; see README.md, "How the code is laid out".
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// One room of the house. The order of this list is the order of the layers: a room imports only rooms above it.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let package = Package(
  name: "fwlint",
  products: [
    .executable(name: "fwlint", targets: ["fwlint"]),
    .executable(name: "fwlint-bench", targets: ["fwlint-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    room("SourceText"),
    room("JSONText"),
    room("Packets", ["JSONText"]),
    room("PacketSets", ["Packets"]),
    room("HostFacts", ["SourceText"]),
    room("FirewallModel", ["SourceText", "Packets", "PacketSets"]),
    room("NftablesSyntax", ["SourceText", "JSONText"]),
    room("IptablesSyntax", ["SourceText"]),
    room("Lowering", ["SourceText", "JSONText", "Packets", "PacketSets", "FirewallModel", "NftablesSyntax", "IptablesSyntax"]),
    room("FirewallAnalysis", ["SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel"]),
    room("CheckKit", ["SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "FirewallAnalysis"]),
    room(
      "BuiltinChecks",
      ["SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "FirewallAnalysis", "CheckKit"]),
    room(
      "Repairs",
      [
        "SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "NftablesSyntax", "IptablesSyntax",
        "Lowering", "FirewallAnalysis", "CheckKit",
      ]),
    room(
      "Questions",
      ["SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "NftablesSyntax", "FirewallAnalysis"]),
    room("PacketLogs", ["JSONText", "Packets"]),
    room("Knowledge", ["SourceText", "Packets", "PacketLogs"]),
    room(
      "Symptoms",
      [
        "SourceText", "Packets", "PacketLogs", "HostFacts", "FirewallModel", "FirewallAnalysis", "CheckKit",
        "Knowledge",
      ]),
    room(
      "PolicyFiles",
      ["SourceText", "Packets", "CheckKit", "HostFacts", "Questions", .product(name: "Yams", package: "Yams")]),
    room(
      "Reporting",
      [
        "SourceText", "JSONText", "Packets", "PacketSets", "FirewallModel", "FirewallAnalysis", "CheckKit", "Knowledge",
        "PacketLogs", "Symptoms", "Questions",
      ]),
    room(
      "Driver",
      [
        "SourceText", "JSONText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "NftablesSyntax",
        "IptablesSyntax", "Lowering", "FirewallAnalysis", "CheckKit", "BuiltinChecks", "Repairs", "Knowledge",
        "PacketLogs", "Symptoms", "Questions", "PolicyFiles", "Reporting",
      ]),
    .executableTarget(
      name: "fwlint",
      dependencies: [
        "Driver", "FirewallModel", "Reporting", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    .executableTarget(name: "fwlint-bench", dependencies: ["Driver"], swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["SourceText", "FirewallModel", "IptablesSyntax", "Lowering"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests("SourceTextTests", ["SourceText", "TestSupport"]),
    tests("JSONTextTests", ["JSONText", "TestSupport"]),
    tests("PacketsTests", ["Packets", "JSONText", "TestSupport"]),
    tests("PacketSetsTests", ["PacketSets", "Packets", "TestSupport"]),
    tests("HostFactsTests", ["HostFacts", "SourceText", "TestSupport"]),
    tests("NftablesSyntaxTests", ["NftablesSyntax", "SourceText", "JSONText", "TestSupport"]),
    tests("IptablesSyntaxTests", ["IptablesSyntax", "SourceText", "TestSupport"]),
    tests(
      "LoweringTests",
      [
        "Lowering", "SourceText", "Packets", "PacketSets", "FirewallModel", "NftablesSyntax", "IptablesSyntax",
        "TestSupport",
      ]),
    tests(
      "FirewallAnalysisTests",
      [
        "FirewallAnalysis", "SourceText", "JSONText", "Packets", "PacketSets", "HostFacts", "FirewallModel",
        "Lowering", "TestSupport",
      ]),
    tests(
      "BuiltinChecksTests",
      [
        "BuiltinChecks", "SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "FirewallAnalysis",
        "CheckKit", "Lowering", "TestSupport",
      ], resources: [.copy("Fixtures")]),
    tests(
      "RepairsTests",
      [
        "Repairs", "SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "FirewallAnalysis",
        "CheckKit", "BuiltinChecks", "Lowering", "TestSupport",
      ]),
    tests(
      "QuestionsTests",
      [
        "Questions", "SourceText", "JSONText", "Packets", "PacketSets", "HostFacts", "FirewallModel",
        "FirewallAnalysis", "Lowering", "TestSupport",
      ]),
    tests("KnowledgeTests", ["Knowledge", "Packets", "PacketLogs", "TestSupport"]),
    tests("PacketLogsTests", ["PacketLogs", "JSONText", "Packets", "TestSupport"]),
    tests(
      "SymptomsTests",
      [
        "Symptoms", "SourceText", "Packets", "PacketLogs", "HostFacts", "FirewallModel", "FirewallAnalysis",
        "CheckKit", "Knowledge", "Lowering", "TestSupport",
      ]),
    tests(
      "PolicyFilesTests",
      ["PolicyFiles", "SourceText", "Packets", "CheckKit", "HostFacts", "BuiltinChecks", "TestSupport"]),
    tests(
      "ReportingTests",
      [
        "Reporting", "SourceText", "JSONText", "Packets", "FirewallModel", "FirewallAnalysis", "CheckKit",
        "TestSupport",
      ]),
    tests(
      "DriverTests",
      [
        "Driver", "SourceText", "JSONText", "Packets", "FirewallModel", "CheckKit", "BuiltinChecks", "Reporting",
        "TestSupport",
      ]),
    tests(
      "CorpusTests",
      [
        "SourceText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "NftablesSyntax", "IptablesSyntax",
        "Lowering", "FirewallAnalysis", "CheckKit", "BuiltinChecks", "PacketLogs", "TestSupport",
      ]),
    tests(
      "KernelTests",
      [
        "SourceText", "JSONText", "Packets", "PacketSets", "HostFacts", "FirewallModel", "Lowering", "FirewallAnalysis",
        "CheckKit", "BuiltinChecks", "Driver", "TestSupport",
      ], exclude: ["Cases"]),
    tests("WhyTests", ["Driver", "JSONText", "TestSupport"], resources: [.copy("Scenarios")]),
    tests("CommandLineTests", ["fwlint", "JSONText", "TestSupport"]),
    tests("RepositoryTests", ["CheckKit", "BuiltinChecks", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
