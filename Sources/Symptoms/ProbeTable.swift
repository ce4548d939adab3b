import PacketLogs
import Packets

/// What one source has tried, in a window of time.
struct Prober: Sendable {
  var source = AddressKey(value: 0, isV6: false)
  var windowStart = 0.0
  var last = -1e18
  var first = 0.0
  var count = 0
  /// Bits of hashed destination ports and destinations of this window: the number of bits set is a lower bound.
  var ports: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  var destinations: (UInt64, UInt64) = (0, 0)
  var mostPorts = 0
  var mostDestinations = 0
  var mostSweep = 0
  var sweep: (UInt64, UInt64) = (0, 0)
  var nullProbes = 0
  var xmasProbes = 0
  var finProbes = 0
  var synFinProbes = 0
  /// From ports 1 to 5, or from the port that they go to: the habits of sscan.
  var sscanProbes = 0
  var synProbes = 0
  var udpProbes = 0
  /// Bits: 1 telnet 23, 2 telnet 2323, 4 port 445, 8 port 3389, and ports of proxies from 16 on.
  var marks: UInt16 = 0
  var isReported = false
}

/// Sources of unsolicited packets in a fixed table of two places for each hash: when both are taken, the one that has
/// been silent longer gives way, unless it is a known scanner. With more sources than places, slow scans are missed.
struct ProbeTable: Sendable {
  private var places: [Prober]
  /// The sources of `places`, apart from them so that a look-up touches little; of no meaning where `count` is 0.
  private var keys: [AddressKey]
  private static let sets = 2048
  private let options: SymptomOptions
  private let scanSeconds: Double
  /// Those that passed a threshold and have left the table or are in it still; at most `maximumScanners`.
  private(set) var scanners: [Prober] = []
  private(set) var forgottenScanners = 0
  private(set) var timeBase = TimeBase.none
  static let maximumScanners = 64

  init(_ options: SymptomOptions) {
    self.options = options
    scanSeconds = options.scanSeconds
    places = Array(repeating: Prober(), count: 2 * Self.sets)
    keys = Array(repeating: AddressKey.none, count: 2 * Self.sets)
  }

  @inline(__always)
  mutating func note(
    _ facts: LineFacts, source: UInt128, destination: UInt128, at time: Double, _ base: TimeBase
  ) {
    timeBase = base
    let key = AddressKey(value: source, isV6: facts.isV6)
    let set = Int(truncatingIfNeeded: mixed(folded(source), 1) & UInt64(Self.sets - 1)) &* 2
    let index: Int
    if keys[set] == key, places[set].count > 0 {
      index = set
    } else if keys[set + 1] == key, places[set + 1].count > 0 {
      index = set + 1
    } else {
      index = replaceable(set)
      renew(index, key, time)
    }
    places[index].note(facts, destination, at: time, window: scanSeconds)
  }

  private func replaceable(_ set: Int) -> Int {
    if places[set].count == 0 { return set }
    if places[set + 1].count == 0 { return set + 1 }
    return places[set].last <= places[set + 1].last ? set : set + 1
  }

  @inline(never) private mutating func renew(_ index: Int, _ key: AddressKey, _ time: Double) {
    if places[index].count > 0, isScanner(places[index]) { keep(places[index]) }
    keys[index] = key
    places[index] = Prober()
    places[index].source = key
    places[index].windowStart = time
    places[index].first = time
  }

  /// Passed a threshold in some window.
  func isScanner(_ prober: Prober) -> Bool {
    var prober = prober
    prober.foldWindow()
    let odd = max(prober.nullProbes, prober.xmasProbes, prober.finProbes, prober.synFinProbes)
    return prober.mostPorts >= options.scanPorts || prober.mostDestinations >= options.scanDestinations
      || prober.sscanProbes >= options.scanOddFlags || prober.mostSweep >= options.sweepDestinations
      || odd >= options.scanOddFlags || prober.isMirai
  }

  private mutating func keep(_ prober: Prober) {
    var prober = prober
    prober.foldWindow()
    if let known = scanners.firstIndex(where: { $0.source == prober.source }) {
      scanners[known].append(prober, window: options.scanSeconds)
    } else if scanners.count < Self.maximumScanners {
      scanners.append(prober)
    } else {
      forgottenScanners += 1
    }
  }

  /// Takes the probes of the lines that follow. A scan that only both parts together show is seen where the windows of
  /// its source overlap.
  mutating func append(_ later: ProbeTable, shift: Double) {
    let shift = later.timeBase == .yearless ? shift : 0
    if later.timeBase != .none { timeBase = later.timeBase }
    forgottenScanners += later.forgottenScanners
    for index in later.places.indices where later.places[index].count > 0 {
      var prober = later.places[index]
      prober.shift(shift)
      let set = index & ~1
      if places[set].count > 0, keys[set] == prober.source {
        places[set].append(prober, window: options.scanSeconds)
      } else if places[set + 1].count > 0, keys[set + 1] == prober.source {
        places[set + 1].append(prober, window: options.scanSeconds)
      } else {
        let place = replaceable(set)
        if places[place].count > 0, isScanner(places[place]) { keep(places[place]) }
        keys[place] = prober.source
        places[place] = prober
      }
    }
    for prober in later.scanners {
      var prober = prober
      prober.shift(shift)
      join(prober)
    }
  }

  /// A scanner that had left its table: joined with what is known of its source, so that it is named once.
  private mutating func join(_ prober: Prober) {
    let set = Int(truncatingIfNeeded: mixed(folded(prober.source.value), 1) & UInt64(Self.sets - 1)) &* 2
    for index in [set, set + 1] where places[index].count > 0 && keys[index] == prober.source {
      places[index].append(prober, window: options.scanSeconds)
      return
    }
    keep(prober)
  }

  /// All sources that passed a threshold, busiest first.
  func found() -> [Prober] {
    var result = scanners
    for place in places where place.count > 0 && isScanner(place) {
      var prober = place
      prober.foldWindow()
      if let known = result.firstIndex(where: { $0.source == prober.source }) {
        result[known].append(prober, window: options.scanSeconds)
      } else {
        result.append(prober)
      }
    }
    return result.sorted { ($1.count, $0.source.value) < ($0.count, $1.source.value) }
  }
}

extension Prober {
  static let proxyPorts: [UInt16] = [1080, 3128, 8080, 8000, 6588, 80, 8118, 9050]

  /// Telnet on its two usual ports: the habit of Mirai and its kin.
  var isMirai: Bool { marks & 3 == 3 }

  /// How many ports of open proxies were tried.
  var proxyPorts: Int { (marks >> 4).nonzeroBitCount }

  mutating func shift(_ seconds: Double) {
    windowStart += seconds
    first += seconds
    last += seconds
  }

  /// Joins what the same source did later.
  mutating func append(_ later: Prober, window: Double) {
    if later.windowStart - windowStart <= window, later.windowStart >= windowStart {
      ports = (
        ports.0 | later.ports.0, ports.1 | later.ports.1, ports.2 | later.ports.2, ports.3 | later.ports.3
      )
      destinations = (destinations.0 | later.destinations.0, destinations.1 | later.destinations.1)
      sweep = (sweep.0 | later.sweep.0, sweep.1 | later.sweep.1)
    } else {
      foldWindow()
      windowStart = later.windowStart
      (ports, destinations, sweep) = (later.ports, later.destinations, later.sweep)
    }
    first = min(first, later.first)
    last = max(last, later.last)
    count += later.count
    mostPorts = max(mostPorts, later.mostPorts)
    mostDestinations = max(mostDestinations, later.mostDestinations)
    mostSweep = max(mostSweep, later.mostSweep)
    nullProbes += later.nullProbes
    xmasProbes += later.xmasProbes
    finProbes += later.finProbes
    synFinProbes += later.synFinProbes
    sscanProbes += later.sscanProbes
    synProbes += later.synProbes
    udpProbes += later.udpProbes
    marks |= later.marks
  }

  mutating func foldWindow() {
    let open = ports.0.nonzeroBitCount + ports.1.nonzeroBitCount + ports.2.nonzeroBitCount + ports.3.nonzeroBitCount
    mostPorts = max(mostPorts, open)
    mostDestinations = max(mostDestinations, destinations.0.nonzeroBitCount + destinations.1.nonzeroBitCount)
    mostSweep = max(mostSweep, sweep.0.nonzeroBitCount + sweep.1.nonzeroBitCount)
    ports = (0, 0, 0, 0)
    destinations = (0, 0)
    sweep = (0, 0)
  }

  /// `window`: seconds after which the bits of ports and destinations start anew.
  @inline(__always)
  mutating func note(_ facts: LineFacts, _ destination: UInt128, at time: Double, window: Double) {
    if time - windowStart > window {
      foldWindow()
      windowStart = time
    }
    last = time
    count &+= 1
    let spot = mixed(folded(destination), 2)
    let bit = UInt64(1) &<< (spot & 63)
    if facts.isEcho {
      if spot & 64 == 0 { sweep.0 |= bit } else { sweep.1 |= bit }
      return
    }
    if spot & 64 == 0 { destinations.0 |= bit } else { destinations.1 |= bit }
    guard facts.hasPorts else { return }
    let port = facts.destinationPort
    let place = mixed(UInt64(port), 3)
    let portBit = UInt64(1) &<< (place & 63)
    switch place >> 6 & 3 {
    case 0: ports.0 |= portBit
    case 1: ports.1 |= portBit
    case 2: ports.2 |= portBit
    default: ports.3 |= portBit
    }
    guard facts.hasFlags else {
      udpProbes &+= 1
      return
    }
    let flags = facts.flags & 0x3f
    if facts.sourcePort == port || (facts.sourcePort < 6 && facts.sourcePort > 0) { sscanProbes &+= 1 }
    if flags == Wire.syn {
      synProbes &+= 1
      if port == 23 { marks |= 1 } else if port == 2323 { marks |= 2 }
      if port < 9051, let index = Self.proxyPorts.firstIndex(of: port) { marks |= 16 << UInt16(index) }
    } else if flags == 0 {
      nullProbes &+= 1
    } else if flags == Wire.fin {
      finProbes &+= 1
    } else if flags == Wire.fin | Wire.psh | Wire.urg {
      xmasProbes &+= 1
    } else if flags & (Wire.syn | Wire.fin) == Wire.syn | Wire.fin {
      synFinProbes &+= 1
    }
  }
}
