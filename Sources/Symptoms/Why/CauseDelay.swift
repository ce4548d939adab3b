import PacketLogs

extension CauseKind {
  /// How long is waited: told by the log where it shows attempts that are repeated, else by the rules of TCP, resolvers
  /// and neighbour discovery.
  func delay(_ model: WaitModel, observed: RepeatedAttempt?) -> Delay? {
    if let observed, observed.count >= 2, usesObservedWait { return Self.measured(observed, model, isIdent: isIdent) }
    switch self {
    case .identDropped, .identAnswerLost:
      return Delay(
        30, bounds: 5...max(30, model.synSchedule.end),
        "a server waits for its ident timeout: 5 s (sendmail) to 30 s (IRC, FTP, tcp_wrappers), "
          + "\(Delay.words(model.synSchedule.end)) where it has none")
    case .pathMTUv4, .pathMTUv6, .pathMTUOut:
      if model.mtuProbing > 0 {
        return Delay(
          6, bounds: 2...15,
          "the sender's MTU probing (tcp_mtu_probing) finds a smaller size after some retransmissions")
      }
      return Delay(
        model.dataTimeout, isEndless: true,
        "the first full-size packet never arrives; \(model.dataEnd)")
    case .neighbourDiscoveryBlocked:
      return Delay(
        model.neighbourTimeout,
        "each IPv6 connection fails with \"No route to host\" after \(model.neighbourTries) queries "
          + "\(Delay.words(model.neighbourSeconds)) apart; programs then try IPv4")
    case .dnsBlocked, .lateAnswers:
      return Delay(
        model.resolverTimeout,
        "a resolver waits \(Delay.words(model.resolverSeconds)) for each try, \(model.resolverAttempts) tries for each "
          + "server (resolv.conf)")
    case .unreachablesBlocked, .rejectAnswerLost, .establishedMissing, .conntrackFull, .dnsTCPBlocked,
      .sourcePortFilter,
      .reversePath, .serviceDropped, .egressDropped, .asymmetricRoute, .untrackedAnswers, .acceptLimited,
      .loopbackBlocked,
      .bogonOverblock, .acceptOverridden, .stateTooEarly, .containerBlocked, .natExhausted, .helperOff, .synFlood:
      return Self.synWait(model, mayEnd: self == .conntrackFull || self == .acceptLimited || self == .synFlood)
    case .neighbourTableFull:
      return Delay(model.neighbourTimeout, "a host that gets no entry in the table fails after three queries")
    case .ecnBlocked:
      return Delay(1, "the SYN that asks for ECN is lost; Linux tries again without it after 1 s")
    case .fragmentsBlocked, .vpnBlocked, .dhcpBlocked, .routerAdvertisementBlocked, .multicastListenerBlocked,
      .timeBlocked, .shortTimeouts, .errorsLimited:
      return nil
    }
  }

  private var isIdent: Bool { self == .identDropped || self == .identAnswerLost }

  /// The peer whose SYNs the log repeats is the one that waits.
  private var usesObservedWait: Bool {
    switch self {
    case .identDropped, .identAnswerLost, .rejectAnswerLost, .dnsTCPBlocked, .sourcePortFilter, .serviceDropped,
      .egressDropped,
      .containerBlocked, .loopbackBlocked:
      true
    default: false
    }
  }

  private static func synWait(_ model: WaitModel, mayEnd: Bool) -> Delay {
    let schedule = model.synSchedule
    let shown = schedule.again.prefix(5).map { Delay.words($0) }.map { $0.dropLast(2) }.joined(separator: ", ")
    let more = schedule.again.count > 5 ? " …" : ""
    let end = "connect fails after \(Delay.words(schedule.end)) (tcp_syn_retries \(model.synRetries))"
    return Delay(
      schedule.end, bounds: mayEnd ? 1...max(1, schedule.end) : nil,
      mayEnd
        ? "the SYN is sent again after \(shown)\(more) s until one gets through; \(end)"
        : "the SYN is sent again after \(shown)\(more) s and never answered; \(end)")
  }

  private static func measured(_ attempt: RepeatedAttempt, _ model: WaitModel, isIdent: Bool) -> Delay {
    var (seconds, bounds) = attempt.estimate
    let schedule = model.synSchedule
    // The kernel's own schedule, run to its end.
    if model.isGiven, attempt.count > schedule.again.count, bounds.lowerBound < schedule.end {
      (seconds, bounds) = (schedule.end, bounds.lowerBound...schedule.end)
    }
    let times = ([0] + attempt.repeats).map { Delay.words($0).dropLast(2) }.joined(separator: ", ")
    let who = isIdent ? "the server" : "the client"
    return Delay(
      seconds, bounds: bounds, isMeasured: true,
      "the log shows \(who)'s SYN at \(times) s: it waited at least \(Delay.words(bounds.lowerBound)) and gave up before "
        + "\(Delay.words(bounds.upperBound))")
  }
}
