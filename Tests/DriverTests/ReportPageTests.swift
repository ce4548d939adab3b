import Driver
import Foundation
import Testing

/// The page of `fwlint report`.
@Suite struct ReportPageTests {
  private static func page() async -> String {
    let rules = """
      table inet filter {
      \tchain forward {
      \t\ttype filter hook forward priority filter; policy drop;
      \t\tct state established accept
      \t\tiifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
      \t\tlog prefix "fwd-drop: "
      \t}
      }

      """
    let inner =
      "[SRC=192.0.2.2 DST=198.51.100.2 LEN=1500 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=5000 DPT=443 ] "
    var log = ""
    for index in 0..<40 {
      log += "Nov 23 08:0\(index / 10):\(10 + index) <script>alert(1)</script> kernel: fwd-drop: IN=wan0 OUT=lan0 MAC= "
      if index % 4 == 0 {
        log += "SRC=198.51.100.9 DST=192.0.2.2 LEN=68 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=ICMP TYPE=3 CODE=4 \(inner)"
        log += "MTU=1400 \n"
      } else {
        log += "SRC=203.0.113.\(index) DST=192.0.2.2 LEN=40 TOS=0x00 PREC=0x00 TTL=50 ID=\(index) PROTO=TCP "
        log += "SPT=40000 DPT=\([22, 23, 445][index % 3]) WINDOW=1024 RES=0x00 SYN URGP=0 \n"
      }
    }
    log += "Nov 23 08:05:10 gw kernel: <img src=x onerror=alert(2)> IN=wan0 OUT= SRC=broken\n"
    let world = FakeWorld(["gw.nft": rules, "kern.log": log])
    var options = CheckOptions()
    options.logs = ["kern.log"]
    var command = ReportCommand(options: options, world: world.world)
    command.rulesets = ["gw.nft"]
    command.html = "report.html"
    let code = await command.run()
    #expect(code == .clean)
    return world.text(of: "report.html") ?? ""
  }

  @Test func `the page says what is slow and names the rule, fetches nothing and runs nothing`() async {
    let page = await Self.page()
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    #expect(page.contains("large transfers stall"))
    #expect(page.contains("gw.nft:3:"))
    #expect(page.contains("<svg class=\"timeline\""))
    #expect(page.contains("class=\"heat\""))
    #expect(page.contains("ct state related"))
    #expect(
      !page.contains("<script") && !page.contains("<img") && !page.contains("http://") && !page.contains("https://"))
    #expect(page.contains("&lt;img src=x onerror=alert(2)&gt;"))
  }

  private static let browser = [
    "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/firefox-esr",
  ].first { FileManager.default.isExecutableFile(atPath: $0) && !$0.contains("firefox") }

  /// A real browser lays the page out and says what it found.
  @Test(.enabled(if: ReportPageTests.browser != nil, "skipped: no chromium here to look at the page"))
  func `a browser shows the page`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "report.html")
    try await Data(Self.page().utf8).write(to: file)
    let shot = folder.appending(path: "shot.png")
    func browse(_ arguments: [String]) throws -> String {
      let process = Process()
      process.executableURL = URL(filePath: try #require(Self.browser))
      process.arguments =
        ["--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder.path())profile"] + arguments + [
          file.absoluteString
        ]
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return String(decoding: data, as: UTF8.self)
    }
    let tree = try browse(["--dump-dom"])
    #expect(tree.contains("<h1>Firewall report</h1>"))
    #expect(tree.contains("class=\"heat\"") && tree.contains("<rect"))
    _ = try browse(["--screenshot=\(shot.path())", "--window-size=1200,2000"])
    let picture = try Data(contentsOf: shot)
    // A page that is laid out is more than an empty sheet.
    #expect(picture.count > 20_000)
  }
}
