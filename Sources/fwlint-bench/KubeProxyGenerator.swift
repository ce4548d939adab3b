/// The nat table that kube-proxy writes: a chain for each service and one for each of its endpoints.
extension InputGenerator {
  /// About eleven rules and four chains for each service.
  mutating func kubeProxy(services: Int) -> String {
    var chains = ""
    var rules = ""
    for index in 0..<services {
      let service = "KUBE-SVC-\(name())"
      let address = "10.\(96 + (index >> 16)).\(index >> 8 & 255).\(index & 255)/32"
      let comment = "-m comment --comment \"ns\(index / 100)/svc-\(index):http cluster IP\""
      chains += ":\(service) - [0:0]\n"
      rules += "-A KUBE-SERVICES -d \(address) -p tcp \(comment) -m tcp --dport 80 -j \(service)\n"
      rules += "-A \(service) ! -s 10.244.0.0/16 -d \(address) -p tcp \(comment) -m tcp --dport 80 -j KUBE-MARK-MASQ\n"
      for endpoint in 0..<3 {
        let chain = "KUBE-SEP-\(name())"
        let pod = "10.244.\(number(0...255)).\(number(1...254))"
        let why = "-m comment --comment \"ns\(index / 100)/svc-\(index):http\""
        chains += ":\(chain) - [0:0]\n"
        let chance =
          endpoint == 2
          ? "" : " -m statistic --mode random --probability \(endpoint == 0 ? "0.33333333333" : "0.50000000000")"
        rules += "-A \(service) \(why)\(chance) -j \(chain)\n"
        rules += "-A \(chain) -s \(pod)/32 \(why) -j KUBE-MARK-MASQ\n"
        rules += "-A \(chain) -p tcp \(why) -m tcp -j DNAT --to-destination \(pod):8080\n"
      }
    }
    return "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"
      + ":KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n\(chains)"
      + "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n"
      + "-A OUTPUT -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n"
      + "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n\(rules)COMMIT\n"
  }

  private mutating func name() -> String {
    String((0..<16).map { _ in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".randomElement(using: &random) ?? "A" })
  }
}
